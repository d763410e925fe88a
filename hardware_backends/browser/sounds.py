"""A recording and what models of sound are given of it, in numpy: the reference of sound.js, step by step the same."""

from typing import TYPE_CHECKING, Any

from hardware_backends.browser.processing import Mel, Sound

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

TONES = (
    (120, 0.30),
    (240, 0.22),
    (360, 0.15),
    (700, 0.12),
    (1130, 0.08),
    (2450, 0.05),
)  # Hz and loudness, as a voice's
NOISE, SYLLABLES = 0.04, 4  # loudness; Hz
CROSSINGS, ROLLOFF = 16, 0.95  # of the low-pass filter: zeros on each side; its edge, of half the lower rate
FLOOR = 1e-10
BEND_HERTZ, BEND_MELS, STEEP = 1000, 15, 27  # Slaney's scale: straight up to there, then so many mels each 6.4-fold


def recording(sound: Sound) -> "Array":
    """Tones and noise that swell and fade like syllables: int16, a number per sample."""
    import numpy as np

    time = np.arange(round(sound.seconds * sound.recorded)) / sound.recorded
    heard = sum(loud * np.sin(2 * np.pi * hertz * time) for hertz, loud in TONES)
    hiss = NOISE * (noise(len(time), sound.seed) / 2**31 - 1)
    swell = 0.55 - 0.45 * np.cos(2 * np.pi * SYLLABLES * time)
    return np.floor((heard * swell + hiss) * 32767 + 0.5).astype(np.int16)


def noise(count: int, seed: int) -> "Array":
    """Seeded 32-bit numbers, the i-th a hash of i: uint32, the same wherever integers are."""
    import numpy as np

    bits = np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        bits = (bits ^ (bits >> np.uint32(shift))) * np.uint32(factor)
    return bits ^ (bits >> np.uint32(16))


def features(sound: Sound) -> "Array":
    """The input that the model is given of it: float32, of the dims of the sound."""
    import numpy as np

    heard = resample(recording(sound) / 32768.0, sound.recorded, sound.rate)
    if sound.mel is None:
        values = _filled(_standard(heard), sound.dims[-1])
    elif sound.kind == "whisper":
        values = _whisper(heard, sound.mel, sound.rate, sound.dims[-1])
    else:
        values = _clap(heard, sound.mel, sound.rate, sound.dims[-2])
    return values.reshape(sound.dims).astype(np.float32)


def resample(heard: "Array", rate: int, wanted: int) -> "Array":
    """The same sound at another rate, Hz: a sinc under a Hann window, one set of taps for each place between samples."""
    import numpy as np

    if rate == wanted:
        return heard
    shared = int(np.gcd(rate, wanted))
    up, down = wanted // shared, rate // shared
    taps, reach = _taps(up, down)
    places = np.arange(-(-len(heard) * up // down)) * down
    padded = np.pad(heard, (reach, reach + 1))
    made = np.empty(len(places))
    for phase in range(up):
        mine = slice(phase, None, up)
        phases = places[mine]
        starts = phases // up
        made[mine] = (
            sum(taps[phases[0] % up, tap] * padded[starts + tap] for tap in range(2 * reach + 2)) if len(starts) else 0
        )
    return made


def _taps(up: int, down: int) -> "tuple[Array, int]":
    """Taps by phase, the sum of each set 1; and how many of them lie before a sample's place."""
    import numpy as np

    edge = min(1.0, up / down) * ROLLOFF
    reach = int(np.ceil(CROSSINGS / edge))
    away = (np.arange(2 * reach + 2) - reach)[None] - (np.arange(up) / up)[:, None]
    window = np.where(abs(away) * edge < CROSSINGS, 0.5 + 0.5 * np.cos(np.pi * away * edge / CROSSINGS), 0)
    taps = np.sinc(away * edge) * window
    return taps / taps.sum(axis=1, keepdims=True), reach


def mel_filters(mel: Mel, rate: int) -> "Array":
    """What each bin of the spectrum adds to each band (bins x bands): triangles of equal area on Slaney's scale."""
    import numpy as np

    bins = np.linspace(0, rate / 2, mel.window // 2 + 1)[:, None]
    edges = _hertz(np.linspace(_mels(mel.low), _mels(mel.high), mel.bands + 2))
    low, mid, high = edges[:-2], edges[1:-1], edges[2:]
    sides = np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid))
    triangles: Array = np.maximum(0, sides) * 2 / (high - low)
    return triangles


def _whisper(heard: "Array", mel: Mel, rate: int, frames: int) -> "Array":
    """Bands x frames; a short sound is filled up with silence, 80 dB below the loudest nothing is told apart."""
    import numpy as np

    powers = _powers(_filled(heard, frames * mel.hop), mel)[:frames]
    levels = np.log10(np.maximum(FLOOR, powers @ mel_filters(mel, rate))).T
    scaled: Array = (np.maximum(levels, levels.max() - 8) + 4) / 4
    return scaled


def _clap(heard: "Array", mel: Mel, rate: int, frames: int) -> "Array":
    """Frames x bands, in dB; a short sound is repeated as often as the whole of it fits, then filled up with silence."""
    import numpy as np

    wanted = frames // 100 * 100 * mel.hop  # whole seconds: the frame at the very end is one more
    repeated = np.tile(heard, max(1, wanted // len(heard)))
    powers = _powers(_filled(repeated, wanted), mel)[:frames]
    levels: Array = 10 * np.log10(np.maximum(FLOOR, powers @ mel_filters(mel, rate)))
    return levels


def _powers(heard: "Array", mel: Mel) -> "Array":
    """The power of each bin in each frame (frames x bins): frames lie around their sample, the sound mirrored at its ends."""
    import numpy as np

    mirrored = np.pad(heard, mel.window // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(mirrored, mel.window)[:: mel.hop]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(mel.window) / mel.window)
    powers: Array = abs(np.fft.rfft(frames * window)) ** 2
    return powers


def _standard(heard: "Array") -> "Array":
    import numpy as np

    levelled: Array = (heard - heard.mean()) / np.sqrt(heard.var() + 1e-7)
    return levelled


def _filled(heard: "Array", count: int) -> "Array":
    """The first so many samples, silence where there are fewer."""
    import numpy as np

    return np.pad(heard[:count], (0, max(0, count - len(heard))))


def _mels(hertz: float) -> float:
    import numpy as np

    if hertz < BEND_HERTZ:
        return 3 * hertz / 200
    return float(BEND_MELS + np.log(hertz / BEND_HERTZ) * STEEP / np.log(6.4))


def _hertz(mels: "Array") -> "Array":
    import numpy as np

    bent = BEND_HERTZ * np.exp(np.log(6.4) / STEEP * (mels - BEND_MELS))
    return np.where(mels < BEND_MELS, 200 * mels / 3, bent)
