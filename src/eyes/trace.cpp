// The door to the trace points.
#include "domain.h"

#include "cmwq/inspect.h"

namespace cmwq {

void set_trace_sink(wq_domain* domain, trace_sink sink, void* context) noexcept {
  domain->core.trace.set(sink, context);
}

}  // namespace cmwq
