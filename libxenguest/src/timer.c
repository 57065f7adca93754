/* SPDX-License-Identifier: BSD-2-Clause */
/* The timers of a vCPU: set_timer_op, and the singleshot and periodic ones of vcpu_op. */
#include <xenguest/timer.h>
#include "private.h"

int xg_timer_set(uint64_t deadline_ns)
{
    return (int)hypercall_set_timer_op(deadline_ns);
}

int xg_timer_set_singleshot(unsigned int vcpu, uint64_t deadline_ns)
{
    struct vcpu_set_singleshot_timer timer = {.timeout_abs_ns = deadline_ns};

    return (int)hypercall_vcpu_op(VCPUOP_set_singleshot_timer, vcpu, &timer);
}

int xg_timer_stop_singleshot(unsigned int vcpu)
{
    return (int)hypercall_vcpu_op(VCPUOP_stop_singleshot_timer, vcpu, NULL);
}

int xg_timer_stop_periodic(unsigned int vcpu)
{
    return (int)hypercall_vcpu_op(VCPUOP_stop_periodic_timer, vcpu, NULL);
}
