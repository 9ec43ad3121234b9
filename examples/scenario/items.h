// The three work items at work.
#pragma once

#include "timeline.h"

namespace scenario {

// Queues the three items as @line says, on CPU 0, and waits for them.
// Return: when what happened, in milliseconds since the first one was queued.
times measure(const timeline& line);

}  // namespace scenario
