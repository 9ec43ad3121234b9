// Ctrl-C: the first signal asks to stop, the second one ends the process.
#pragma once

namespace treesum {

// SIGINT and SIGTERM from now on only set a flag.  A signal that was ignored at the start stays ignored.
void watch_for_stop();

// The signal that asked to stop, or 0.  Jobs that have not begun look at it and do nothing.
int stop_signal();

}  // namespace treesum
