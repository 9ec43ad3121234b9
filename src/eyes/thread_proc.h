// What /proc says about a thread of this process, for reports.
#pragma once

#include <string>

namespace cmwq::detail {

/* "state=S syscall=202 wchan=futex_do_wait", with what is readable; "gone" if there is no such thread. */
std::string proc_text_of_thread(int tid);

}  // namespace cmwq::detail
