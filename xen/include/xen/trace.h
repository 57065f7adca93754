/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace records for xentrace: each CPU has a buffer that Domain 0 maps and empties. Source: public/trace.h;
 * public/sysctl.h, XEN_SYSCTL_tbuf_op.
 */
#ifndef XEN_TRACE_H
#define XEN_TRACE_H

#include <xen/types.h>
#include <public/sysctl.h>
#include <public/trace.h>

/* Somebody listens. */
extern bool trace_enabled;

/* For TRACE: nr at most TRACE_EXTRA_MAX. Any context but NMI; takes no lock. */
void trace_record(uint32_t event, const uint32_t *extra, unsigned int nr);

/* An event (TRC_*) with its words. Costs a test when nobody listens. */
#define TRACE(event, ...)                                                  \
    do {                                                                   \
        if (unlikely(trace_enabled)) {                                     \
            const uint32_t trace_words_[] = {__VA_ARGS__};                 \
            trace_record((event), trace_words_, ARRAY_SIZE(trace_words_)); \
        }                                                                  \
    } while (0)

/*
 * -XEN_EINVAL: no such command, no buffers, or others than there are; -XEN_EBUSY: they are there;
 * -XEN_ENOMEM, -XEN_EFAULT.
 */
long sysctl_trace(struct xen_sysctl_tbuf_op *op);

#endif
