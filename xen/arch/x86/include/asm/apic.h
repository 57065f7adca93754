/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC of each CPU (Intel SDM vol. 3, chapter 11). */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <xen/types.h>

/* Vectors of our own, highest priority last. 0x20-0x2f belong to the masked PICs, 0x80 to guests. */
#define VECTOR_DYNAMIC_FIRST 0x30
#define VECTOR_DYNAMIC_LAST  0xdf
#define VECTOR_CALL          0xf8
#define VECTOR_EVENT_CHECK   0xf9
#define VECTOR_FLUSH_TLB     0xfa
#define VECTOR_TIMER         0xfb
#define VECTOR_ERROR         0xfe
#define VECTOR_SPURIOUS      0xff

void apic_init(void);     /* finds and maps it (boot CPU) */
void apic_init_cpu(void); /* enables the calling CPU's */
uint32_t apic_id(void);
void apic_eoi(void);
/* Fixed interrupt to the CPU with this APIC id. Any context. */
void apic_send(uint32_t destination, uint8_t vector);
void apic_send_nmi_others(void);
void apic_send_init(uint32_t destination);
void apic_send_startup(uint32_t destination, uint8_t page);
/* One-shot timer, counting at the bus clock (divided by 1). 0 stops it. */
void apic_timer_set(uint32_t ticks);
uint32_t apic_timer_left(void);
void apic_error_print(void);

#endif
