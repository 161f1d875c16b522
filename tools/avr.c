/* Runs the program of an AVR at 16 MHz: avr PROGRAM MCU BYTES ROWS. Rows of so many bytes come from
   standard input and go over the serial line, each when the program has answered a line to the one
   before. Standard output has these lines; standard error the least cycles from the last byte of a
   row to its answer, and the bytes of the stack. */
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <stdio.h>
#include <stdlib.h>

static int ready = 1, answering, lines;
static avr_cycle_count_t asked, least = -1;
static avr_t *avr;

static void sent(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)param;
    if (!answering && avr->cycle - asked < least) least = avr->cycle - asked;
    answering = value != '\n';
    lines += !answering;
    putchar((int)value);
}

static void may_send(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq, (void)value;
    ready = param != NULL;
}

int main(int argc, char **argv)
{
    const uint32_t uart = AVR_IOCTL_UART_GETIRQ('0');
    elf_firmware_t firmware = {0};
    uint32_t flags = 0;
    int bytes, rows, given = 0, byte;
    unsigned lowest = 0xffff;
    avr_cycle_count_t next = 160000; /* it sets up for 10 ms */
    if (argc != 5 || !(avr = avr_make_mcu_by_name(argv[2]))) return 2;
    if (elf_read_firmware(argv[1], &firmware)) return 2;
    bytes = atoi(argv[3]), rows = atoi(argv[4]);
    avr_init(avr);
    firmware.frequency = 16000000;
    avr_load_firmware(avr, &firmware);
    avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
    flags &= ~(uint32_t)AVR_UART_FLAG_STDIO;
    avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
    avr_irq_register_notify(avr_io_getirq(avr, uart, UART_IRQ_OUTPUT), sent, NULL);
    avr_irq_register_notify(avr_io_getirq(avr, uart, UART_IRQ_OUT_XON), may_send, &ready);
    avr_irq_register_notify(avr_io_getirq(avr, uart, UART_IRQ_OUT_XOFF), may_send, NULL);
    while (lines < rows) {
        const int state = avr_run(avr);
        const unsigned stack = avr->data[R_SPL] | avr->data[R_SPH] << 8;
        if (state == cpu_Done || state == cpu_Crashed) return 3;
        if (stack && stack < lowest) lowest = stack;
        if (!ready || avr->cycle < next || given == bytes * (lines + 1)) continue;
        if ((byte = getchar()) == EOF) break;
        avr_raise_irq(avr_io_getirq(avr, uart, UART_IRQ_INPUT), (uint32_t)byte);
        next = avr->cycle + 1600; /* 100 microseconds a byte */
        given++;
        asked = avr->cycle;
    }
    fprintf(stderr, "%llu %u\n", (unsigned long long)least, avr->ramend - lowest);
    return lines == rows ? 0 : 4;
}
