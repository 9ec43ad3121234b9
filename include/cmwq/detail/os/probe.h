// Static probes (USDT) for tracers outside of the program: a no-op instruction each until one attaches.
//
// Only the build may name the system's header, and only if it is there: CMWQ_USDT is <sys/sdt.h>, or not defined.
#pragma once

#if defined(CMWQ_USDT)
#include CMWQ_USDT
#define CMWQ_PROBE2(name, a, b) DTRACE_PROBE2(cmwq, name, a, b)
#define CMWQ_PROBE5(name, a, b, c, d, e) DTRACE_PROBE5(cmwq, name, a, b, c, d, e)
#else
#define CMWQ_PROBE2(name, a, b) ((void)0)
#define CMWQ_PROBE5(name, a, b, c, d, e) ((void)0)
#endif
