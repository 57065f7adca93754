/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of an input, read as choices. After the last byte everything is 0. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <xen/types.h>

struct input {
    const uint8_t *data;
    size_t size;
    unsigned int domain; /* whose choices these are: what "own" means */
};

static inline uint8_t input_byte(struct input *in)
{
    if (!in->size)
        return 0;
    in->size--;
    return *in->data++;
}
/* Little-endian, of `bytes` bytes. */
uint64_t input_word(struct input *in, unsigned int bytes);
/* A frame number: one of the caller's, of another's, of the hypervisor's, none at all. */
uint64_t input_frame(struct input *in);
/* A page-table entry. */
uint64_t input_entry(struct input *in);
/* A slot of a page table: few, so that tables meet. */
unsigned int input_slot(struct input *in);
/* An address whose ways go through those slots. */
uint64_t input_address(struct input *in);
/* A domain's number, valid or special. */
uint16_t input_domid(struct input *in);

/*
 * Room in guest memory for an argument, from the start again in each call; or, rarely, a pointer that is no
 * good.
 */
void input_memory_reset(void);
uint64_t input_place(struct input *in, const void *argument, size_t size);

/* A hypercall of the current vCPU with its arguments in place. */
struct call {
    unsigned int nr;
    uint64_t args[5];
};
struct call input_call(struct input *in);

#endif
