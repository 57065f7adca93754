/* SPDX-License-Identifier: BSD-2-Clause */
/* The types behind lwIP's names for threads and what they wait on (net/sys_arch.c). */
#ifndef ARCH_SYS_ARCH_H
#define ARCH_SYS_ARCH_H

#include <stdbool.h>
#include <stddef.h>

struct thread;
struct network_semaphore;
struct network_mailbox;
struct mutex;

typedef struct network_semaphore *sys_sem_t;
typedef struct network_mailbox *sys_mbox_t;
typedef struct mutex *sys_mutex_t;
typedef struct thread *sys_thread_t;
typedef int sys_prot_t;

#define SYS_MBOX_NULL NULL
#define SYS_SEM_NULL  NULL

#define sys_sem_valid(sem)           (*(sem) != NULL)
#define sys_sem_set_invalid(sem)     (*(sem) = NULL)
#define sys_mbox_valid(mbox)         (*(mbox) != NULL)
#define sys_mbox_set_invalid(mbox)   (*(mbox) = NULL)
#define sys_mutex_valid(mutex)       (*(mutex) != NULL)
#define sys_mutex_set_invalid(mutex) (*(mutex) = NULL)

#endif
