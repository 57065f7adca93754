/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug keys: Ctrl-A three times on the console, then one of these; `h` lists them. */
#ifndef XEN_KEYHANDLER_H
#define XEN_KEYHANDLER_H

/* The function runs in softirq or idle context with interrupts on. */
void keyhandler_register(char key, void (*function)(char key), const char *description);
/* Runs it here and now. */
void keyhandler_run(char key);
/* Has it run soon, by SOFTIRQ_KEYHANDLER. Any context. */
void keyhandler_request(char key);
void keyhandlers_init(void);

#endif
