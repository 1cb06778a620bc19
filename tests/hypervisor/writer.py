"""A guest that does nothing but write: a known working set, at a known rate.

It is a boot sector for a BIOS, in real mode with a data segment of 4 GiB.  First it makes as many
pages as wanted no zero pages, by one word in each.  Then it wakes up a thousand times a second,
reads the clock of ACPI (3.579545 MHz, QEMU's virtual clock, whatever the emulator's speed), and
writes one word each to as many pages of the working set as the time since the last time is worth,
chosen at random.  The time that it did not get, since QEMU throttled it or something else ran, is
lost: a guest that is slowed down writes less, and does not catch up.
"""

import subprocess
from pathlib import Path

__all__ = ["FIRST_MIB", "PAGES_PER_MIB", "WRITES", "assemble"]

# Where its memory begins, above what the firmware uses; below it nearly all pages are zero.
FIRST_MIB = 16
PAGES_PER_MIB = 256
# Where it counts its writes: a number of 32 bits, and behind it MARK once there are any.
WRITES = 0x8000
MARK = 0x600DF00D

_CLOCK_HZ = 3579545
# A gap of more than 2 ms was not all its own time: but what it had before it was stopped, which is
# half of a tick on average.
_LATE = _CLOCK_HZ // 500
_SOME = _CLOCK_HZ // 2000
# Pages are counted in 2**-24ths, so that 2 ms of the highest rate fit 32 bits.
_FRACTION_BITS = 24

LISTING = """
    .intel_syntax noprefix
    .code16
    ljmp 0, offset start
start:
    cli
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x9000              # the page of the counter, not that of the code

    in al, 0x92                 # A20
    or al, 2
    out 0x92, al
    lgdt [table_pointer]
    mov eax, cr0                # es gets its 4 GiB in protected mode, and keeps them
    or al, 1
    mov cr0, eax
    mov bx, 8
    mov es, bx
    and al, 0xfe
    mov cr0, eax

    mov edi, FIRST
    mov ecx, FILLED
    jecxz filled
fill:
    mov es:[edi], edi
    add edi, 4096
    dec ecx
    jnz fill
filled:

    mov word ptr [8 * 4], offset tick
    mov word ptr [8 * 4 + 2], 0
    mov al, 0x34                # the timer: channel 0, mode 2, 1193182 / 1193 Hz
    out 0x43, al
    mov al, 1193 & 255
    out 0x40, al
    mov al, 1193 >> 8
    out 0x40, al
    mov al, 0xfe                # no other interrupt
    out 0x21, al

    xor esi, esi                # esi: what may be written, in pages << FRACTION_BITS
    mov edi, 2463534242         # edi: the random number, never 0
    mov dword ptr [WRITES], esi
    mov dword ptr [WRITES + 4], MARK
    sti
sleep:
    hlt
    mov dx, 0x608               # ebp: the clock as it was, 24 bits
    in eax, dx
    mov ebx, eax
    sub eax, ebp
    mov ebp, ebx
    and eax, 0xffffff
    cmp eax, LATE
    jbe paced
    mov eax, SOME
paced:
    mov ecx, PACE
    mul ecx
    add esi, eax
    mov ecx, esi
    and esi, (1 << FRACTION_BITS) - 1
    shr ecx, FRACTION_BITS
    jz sleep
write:
    mov eax, edi                # xorshift
    shl eax, 13
    xor edi, eax
    mov eax, edi
    shr eax, 17
    xor edi, eax
    mov eax, edi
    shl eax, 5
    xor edi, eax
    mov eax, edi
    mov edx, PAGES
    mul edx                     # edx: below PAGES
    shl edx, 12
    mov es:[FIRST + edx], edi
    inc dword ptr [WRITES]
    dec ecx
    jnz write
    jmp sleep

tick:
    push ax
    mov al, 0x20
    out 0x20, al
    pop ax
    iret

    .balign 8
table:
    .quad 0
    .quad 0x00cf92000000ffff    # data, from 0 to 4 GiB
table_pointer:
    .word table_pointer - table - 1
    .long table
    .org 510
    .word 0xaa55
"""


def assemble(path: Path, *, filled_mib: int, working_set_mib: int, dirty_mib_s: float) -> None:
    """Make a floppy disk of it.

    Args:
        path: the image.
        filled_mib: how much memory, from `FIRST_MIB` on, is no zero pages.
        working_set_mib: what it writes to, from `FIRST_MIB` on.
        dirty_mib_s: how many pages it writes in a second, in MiB.
    """
    symbols = {
        "FIRST": FIRST_MIB << 20,
        "FILLED": filled_mib * PAGES_PER_MIB,
        "PAGES": working_set_mib * PAGES_PER_MIB,
        "PACE": round(dirty_mib_s * PAGES_PER_MIB * (1 << _FRACTION_BITS) / _CLOCK_HZ),
        "LATE": _LATE,
        "SOME": _SOME,
        "FRACTION_BITS": _FRACTION_BITS,
        "WRITES": WRITES,
        "MARK": MARK,
    }
    defined = [f"--defsym={name}={value}" for name, value in symbols.items()]
    made = path.with_suffix(".o")
    subprocess.run(
        ["as", "--32", *defined, "-o", str(made), "-"],
        input=LISTING.encode(),
        check=True,
    )
    subprocess.run(
        [
            *("ld", "-m", "elf_i386", "-Ttext", "0x7c00", "-e", "0x7c00"),
            *("--oformat", "binary", "-o", str(path), str(made)),
        ],
        check=True,
    )
