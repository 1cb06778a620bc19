"""A guest that does nothing but write, as a table says: how fast, where, in what order, and when.

It is a boot sector for a BIOS, in real mode with a data segment of 4 GiB, which reads the table of
its writers from the second sector.  First it makes as many pages as wanted no zero pages, by one
word in each.  Then it wakes up a thousand times a second, reads the clock of ACPI (3.579545 MHz,
QEMU's virtual clock, whatever the emulator's speed), and lets each writer write one word each to
as many pages as the time since the last time is worth.  Time that it did not get, since QEMU
throttled it or something else ran, is lost: a guest that is slowed down writes less, and does not
catch up.  What gaps are lost can be said: without autoconverge nobody but the machine makes any.
"""

import struct
import subprocess
from pathlib import Path
from typing import Optional, Sequence

import attr

__all__ = [
    "CLOCK_HZ",
    "FIRST_MIB",
    "LATE_MS",
    "MARK",
    "PAGES_PER_MIB",
    "WRITERS_MAX",
    "WRITES",
    "Writes",
    "assemble",
]

# Where its memory begins, above what the firmware uses; below it nearly all pages are zero.
FIRST_MIB = 16
PAGES_PER_MIB = 256
# Where it counts, in words of 32 bits: its writes, MARK once there are any, the clocks since then,
# and those of them that it did not get.
WRITES = 0x8000
MARK = 0x600DF00D
CLOCK_HZ = 3579545
# QEMU throttles a guest by gaps of 2.5 ms and more.
LATE_MS = 2

# Of a gap that is too long the guest had what was before it was stopped, which is half of a tick on
# average.
_SOME = CLOCK_HZ // 2000
# Pages are counted in 2**-20ths, so that 40 ms of 400 MiB/s fit 32 bits.
_FRACTION_BITS = 20

_SECTOR = 512
_FLOPPY_BYTES = 2880 * _SECTOR
# In the page of the counter, not in that of the code: the emulator translates code anew where
# something is written beside it.
_TABLE = 0x8200
_NOW, _LOST, _GAP = WRITES + 8, WRITES + 12, WRITES + 16
# What the guest keeps of a writer, dwords: the last two are its own.
_FIELDS = ("AT", "PAGES", "PACE", "ORDER", "PERIOD", "ON", "PHASE", "CREDIT", "CURSOR")
_SWEEP = 0xFFFFFFFF
_ROW_BYTES = 4 * len(_FIELDS)
# A row of zeros ends the table.
WRITERS_MAX = _SECTOR // _ROW_BYTES - 1


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Writes:
    """One of the guest's writers.

    Attributes:
        mib_s: how many pages it writes in a second while it writes, in MiB.
        set_mib: to how much memory.
        at_mib: where that begins, from `FIRST_MIB` on.
        sweep: whether it writes them one after the other, over and over, and not at random.
        squared: how often a random number below 1 is squared before it chooses the page: 0 is an
            even choice, each more makes the first pages of the set hotter, by a power law (the
            share of writes that the first x of the set gets is x to the power 2**-squared).
        period_s: it writes for a part of each such period; None: always.
        on_s: that part.
        phase_s: how far into the period it starts.
    """

    mib_s: float
    set_mib: float
    at_mib: float = 0
    sweep: bool = False
    squared: int = 0
    period_s: Optional[float] = None
    on_s: float = 0
    phase_s: float = 0

    def row(self) -> bytes:
        """What the guest reads of it."""
        period, on = (1 << 32) - 1, (1 << 32) - 1
        if self.period_s is not None:
            period, on = _clocks(self.period_s), _clocks(self.on_s)
        return struct.pack(
            f"<{len(_FIELDS)}L",
            round((FIRST_MIB + self.at_mib) * PAGES_PER_MIB) << 12,
            round(self.set_mib * PAGES_PER_MIB),
            round(self.mib_s * PAGES_PER_MIB * (1 << _FRACTION_BITS) / CLOCK_HZ),
            _SWEEP if self.sweep else self.squared,
            period,
            on,
            _clocks(self.phase_s),
            0,
            0,
        )


def _clocks(seconds: float) -> int:
    return round(seconds * CLOCK_HZ)


LISTING = """
    .intel_syntax noprefix
    .code16
    ljmp 0, offset start
start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x9000              # the page of the counter, not that of the code
    mov ax, 0x0201              # one sector, the second: the table
    mov bx, TABLE
    mov cx, 2
    xor dx, dx
    int 0x13
    cli

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

    xor eax, eax
    mov edi, 2463534242         # edi: the random number, never 0
    mov dword ptr [NOW], eax    # room for 20 minutes
    mov dword ptr [LOST], eax
    mov dword ptr [WRITES], eax
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
    add dword ptr [NOW], eax
    cmp eax, LATE
    jbe paced
    add dword ptr [LOST], eax
    mov eax, SOME
paced:
    mov dword ptr [GAP], eax
    mov si, TABLE
writer:
    mov eax, [si + PHASE]
    add eax, dword ptr [NOW]
    xor edx, edx
    div dword ptr [si + PERIOD]
    cmp edx, [si + ON]
    jae next
    mov eax, dword ptr [GAP]
    mul dword ptr [si + PACE]
    add eax, [si + CREDIT]      # what may be written, in pages << FRACTION_BITS
    mov ebx, eax
    and eax, (1 << FRACTION_BITS) - 1
    mov [si + CREDIT], eax
    shr ebx, FRACTION_BITS
    jz next
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
    mov cx, [si + ORDER]
    jcxz drawn
    test cx, cx
    js sweep
square:
    mul eax
    mov eax, edx
    loop square
drawn:
    mul dword ptr [si + PAGES]  # edx: below PAGES
    jmp chosen
sweep:
    mov edx, [si + CURSOR]
    inc edx
    cmp edx, [si + PAGES]
    jb further
    xor edx, edx
further:
    mov [si + CURSOR], edx
chosen:
    shl edx, 12
    add edx, [si + AT]
    mov es:[edx], edi
    inc dword ptr [WRITES]
    dec ebx
    jnz write
next:
    add si, ROW_BYTES
    cmp dword ptr [si + PAGES], 0
    jne writer
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


def assemble(
    path: Path, *, filled_mib: int, writers: Sequence[Writes], late_ms: int = LATE_MS
) -> None:
    """Make a floppy disk of it.

    Args:
        path: the image.
        filled_mib: how much memory, from `FIRST_MIB` on, is no zero pages.
        writers: who writes, `WRITERS_MAX` at most.
        late_ms: longer gaps are lost, and shorter ones made up for; 40 ms at most.
    """
    if not 0 < len(writers) <= WRITERS_MAX:
        raise ValueError(f"{len(writers)} writers: from 1 to {WRITERS_MAX} fit a sector")
    symbols = {
        "FIRST": FIRST_MIB << 20,
        "FILLED": filled_mib * PAGES_PER_MIB,
        "LATE": CLOCK_HZ * late_ms // 1000,
        "SOME": _SOME,
        "FRACTION_BITS": _FRACTION_BITS,
        "WRITES": WRITES,
        "MARK": MARK,
        "TABLE": _TABLE,
        "NOW": _NOW,
        "LOST": _LOST,
        "GAP": _GAP,
        "ROW_BYTES": _ROW_BYTES,
        **{name: 4 * index for index, name in enumerate(_FIELDS)},
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
    with path.open("ab") as image:
        image.write(b"".join([each.row() for each in writers]))
        image.truncate(_FLOPPY_BYTES)
