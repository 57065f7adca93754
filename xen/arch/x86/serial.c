/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550 serial port that the console is on. Options as stock Xen takes them: console=com1|com2,
 * com1=BAUD[/CLOCK][,DPS[,PORT[,IRQ]]]. Input by interrupt, and by timer where the interrupt is not to be
 * had. (National Semiconductor PC16550D datasheet.)
 */
#include <xen/arch.h>
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/string.h>
#include <asm/acpi.h>
#include <asm/io_ports.h>
#include <asm/irq.h>
#include <asm/processor.h>
#include <asm/serial.h>

#define UART_CLOCK         1843200u
#define DEFAULT_BAUD       115200u
#define NR_PORTS           8
#define BITS_PER_CHARACTER 10 /* with start and stop */
#define FIFO_SIZE          16
#define POLL_PERIOD        MILLISECONDS(20)
#define PUTC_MAX_TURNS     1000000u

enum { DATA = 0, IER = 1, FCR = 2, LCR = 3, MCR = 4, LSR = 5 };
#define IER_RECEIVED  0x01
#define FCR_ENABLE    0x07 /* and clear both */
#define FCR_TRIGGER8  0x80
#define LCR_DIVISOR   0x80
#define MCR_DTR_RTS   0x03
#define MCR_OUT2      0x08 /* gates the interrupt on PCs */
#define LSR_RECEIVED  0x01
#define LSR_THR_EMPTY 0x20

struct uart {
    uint16_t port;
    uint8_t irq;
    uint8_t line_control;
    uint32_t baud; /* 0: as the firmware left it */
    uint32_t clock;
    bool present;
};

static struct uart uarts[] = {
    {.port = 0x3f8, .irq = 4, .line_control = 3, .baud = DEFAULT_BAUD, .clock = UART_CLOCK},
    {.port = 0x2f8, .irq = 3, .line_control = 3, .baud = DEFAULT_BAUD, .clock = UART_CLOCK},
};
static struct uart *console = &uarts[0]; /* NULL: console=none */
static unsigned int fifo_room;
static bool stuck; /* a wait was in vain: until the port is ready again it is asked only once a character */
static struct timer poll_timer;

static void uart_init(struct uart *u)
{
    uint16_t divisor = u->baud ? (uint16_t)(u->clock / 16 / u->baud) : 0;

    outb(u->port + IER, 0);
    if (divisor) {
        outb(u->port + LCR, u->line_control | LCR_DIVISOR);
        outb(u->port + DATA, (uint8_t)divisor);
        outb(u->port + IER, (uint8_t)(divisor >> 8));
    }
    outb(u->port + LCR, u->line_control);
    outb(u->port + FCR, FCR_ENABLE | FCR_TRIGGER8);
    outb(u->port + MCR, MCR_DTR_RTS | MCR_OUT2);
    /* Where there is no port all bits read as ones. */
    u->present = inb(u->port + LSR) != 0xff;
    fifo_room = 0;
    stuck = false;
}

static bool wait_for_room(void)
{
    unsigned int turns = stuck ? 1 : PUTC_MAX_TURNS;

    for (; !fifo_room && turns; turns--)
        if (inb(console->port + LSR) & LSR_THR_EMPTY)
            fifo_room = FIFO_SIZE;
    stuck = !fifo_room;
    return fifo_room;
}

void arch_console_putc(char c)
{
    if (!console || !console->present)
        return;
    if (!wait_for_room())
        return;
    fifo_room--;
    outb(console->port + DATA, (uint8_t)c);
}

unsigned int arch_console_rate(void)
{
    return (console && console->baud ? console->baud : DEFAULT_BAUD) / BITS_PER_CHARACTER;
}

int arch_console_getc(void)
{
    if (!console || !console->present || !(inb(console->port + LSR) & LSR_RECEIVED))
        return -1;
    return inb(console->port + DATA);
}

static void receive(void *data)
{
    int c;

    while ((c = arch_console_getc()) >= 0)
        console_input((char)c);
}

static void poll(void *data)
{
    receive(data);
    timer_set(&poll_timer, now_ns() + POLL_PERIOD);
}

void serial_input_init(void)
{
    if (!console || !console->present)
        return;
    io_ports_claim(console->port, NR_PORTS);
    if (console->irq >= ACPI_ISA_IRQS || irq_request_isa(console->irq, receive, NULL)) {
        log_debug("Console: input is polled\n");
        timer_init(&poll_timer, poll, NULL, 0);
        timer_set(&poll_timer, now_ns() + POLL_PERIOD);
        return;
    }
    outb(console->port + IER, IER_RECEIVED);
}

void __init serial_early_init(void)
{
    uart_init(&uarts[0]);
}

/* Data bits, parity, stop bits: 8n1. */
static bool __init parse_frame(const char *s, uint8_t *line_control)
{
    static const char parities[] = "noems";
    static const uint8_t parity_bits[] = {0, 1, 3, 5, 7};
    const char *parity = s[0] && s[1] ? strchr(parities, s[1]) : NULL;

    if (s[0] < '5' || s[0] > '8' || !parity || (s[2] != '1' && s[2] != '2'))
        return false;
    *line_control = (uint8_t)((s[0] - '5') | (s[2] - '1') << 2 | parity_bits[parity - parities] << 3);
    return true;
}

/* The number between s and the next comma or end; moves *s there. */
static bool __init parse_number(const char **s, uint64_t max, uint64_t *value)
{
    const char *end;

    *value = xp_strtoull(*s, &end, 0);
    if (end == *s || *value > max)
        return false;
    *s = end;
    return true;
}

static bool __init parse_baud(const char **s, struct uart *u)
{
    uint64_t n;

    if (!strncmp(*s, "auto", 4)) {
        u->baud = 0;
        *s += 4;
        return true;
    }
    if (!parse_number(s, 16000000, &n))
        return false;
    u->baud = (uint32_t)n;
    if (**s != '/')
        return true;
    ++*s;
    if (!parse_number(s, 1000000000, &n))
        return false;
    u->clock = (uint32_t)n * 16;
    return true;
}

static bool __init parse_port_and_irq(const char *s, struct uart *u)
{
    uint64_t n;

    if (!parse_number(&s, 0xfff8, &n))
        return false;
    u->port = (uint16_t)n;
    if (*s++ != ',')
        return !s[-1];
    if (!parse_number(&s, 255, &n))
        return false;
    u->irq = n ? (uint8_t)n : UINT8_MAX; /* 0: polled */
    return !*s || *s == ',';
}

static int __init parse_uart(const char *s, struct uart *u)
{
    struct uart parsed = *u;

    if (*s && *s != ',' && !parse_baud(&s, &parsed))
        return -XEN_EINVAL;
    if (*s == ',') {
        s++;
        if (*s && *s != ',') {
            if (!parse_frame(s, &parsed.line_control))
                return -XEN_EINVAL;
            s += 3;
        }
    }
    if (*s == ',' && !parse_port_and_irq(s + 1, &parsed))
        return -XEN_EINVAL;
    if (*s && *s != ',')
        return -XEN_EINVAL;
    *u = parsed;
    if (u == console)
        uart_init(u);
    return 0;
}

static int __init parse_com1(const char *s)
{
    return parse_uart(s, &uarts[0]);
}
static int __init parse_com2(const char *s)
{
    return parse_uart(s, &uarts[1]);
}
#define UART_EXPECTED "BAUD[,DPS[,PORT[,IRQ]]], as in 115200,8n1"
PARAM_CUSTOM("com1", parse_com1, UART_EXPECTED);
PARAM_CUSTOM("com2", parse_com2, UART_EXPECTED);

static bool __init console_is_known(const char *s)
{
    static const char *const names[] = {"com1", "com2", "vga", "none", "ehci", "xhci", "dbgp", "xen", "pv"};

    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (!strncmp(s, names[i], strlen(names[i])))
            return true;
    return false;
}

/* The first serial port of the list; a screen alone is not enough, there being none yet: then com1 stays. */
static int __init parse_console(const char *s)
{
    struct uart *wanted = NULL;

    if (!strcmp(s, "none")) {
        console = NULL;
        return 0;
    }
    for (; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL) {
        if (!console_is_known(s))
            return -XEN_EINVAL;
        if (!wanted && !strncmp(s, "com", 3))
            wanted = &uarts[s[3] - '1'];
    }
    if (wanted && wanted != console) {
        console = wanted;
        uart_init(console);
    }
    return 0;
}
PARAM_CUSTOM("console", parse_console, "com1, com2, vga or none, or several with commas");
