# SPDX-License-Identifier: Apache-2.0
"""Bob: his samples are the reference. He draws the bits and tells what takes his samples to them."""
import secrets

import numpy as np

import codec
import manifest
import verification
from failures import Damaged, Inconclusive
from party import Party
from planes import plane_bytes


class Bob(Party):
    def run(self):
        self.meet()
        agreement = manifest.compare(self)
        # Only now, when both have said what they hold.
        seed, fraction = secrets.token_bytes(32), self.settings.fraction
        self.channel.send("subset", {"seed": seed.hex(), "fraction": fraction})
        drawn, rest = self.draw(agreement, seed, fraction)
        samples = self.pick(drawn)
        count = self.ledger.symbols
        words = np.frombuffer(self.channel.receive("words").blob(0, 4 * count), "<i2").reshape(2, count).astype(float)
        self.channel.send("samples", {}, *(plane_bytes(plane) for plane in samples if plane is not None))
        estimates = self.estimates(agreement, words, samples)
        code = codec.choose_code(estimates.signal_to_noise, estimates.signal_to_noise_sigma, self.settings.efficiency)
        frames, rest = self.plan(agreement, code, rest)
        self.channel.send("plan", {"symbols": code.symbols, "frames": frames})
        values = self.values(agreement, estimates, rest)
        batch = self.channel.receive("batch").integer("frames", 1, 1_000)
        result = self.result(agreement, estimates, code)
        self.reconcile(values, frames, batch, result)
        self.part(result)
        return result

    def plan(self, agreement, code, rest):
        """How many frames there are, and the symbols that they take."""
        available = agreement.samples(rest)
        frames = available // code.symbols
        if self.settings.most_frames is not None:
            frames = min(frames, self.settings.most_frames)
        if frames == 0:
            raise Inconclusive(f"{available:,} samples are left, a frame takes {code.symbols:,}: get more blocks")
        return frames, agreement.first(rest, frames * code.symbols)

    def values(self, agreement, estimates, rest):
        """His samples about their mean, √SNU, in the order of frames. Tells the bases."""
        x, p, is_p = self.pick(rest)
        y_x, of_x, y_p, of_p = self.quadratures(agreement, x, p, is_p)
        y_x, y_p = y_x - estimates.offset_x, y_p - estimates.offset_p
        self.channel.send("bases", {}, *([] if is_p is None else [plane_bytes(is_p)]))
        if is_p is None:
            return np.stack([y_x, y_p], axis=1).ravel().astype(np.float32)
        self.ledger.bases = len(x)
        values = np.empty(len(x), np.float32)
        values[of_x], values[of_p] = y_x, y_p
        return values

    def reconcile(self, values, frames, batch, result):
        code = result.code
        encoder = self.settings.encoder(code, self.settings.iterations)
        begun = []
        for start in range(0, frames, batch):
            # The next batch is made while Alice decodes the one before.
            begun.append(self._send_batch(encoder, values, range(start, min(start + batch, frames)), code))
            if len(begun) == 2:
                self._settle(begun.pop(0), result)
                self.say_frames(result, frames)
        self._settle(begun.pop(0), result)
        self.say_frames(result, frames)

    def _send_batch(self, encoder, values, numbers, code):
        words, blobs = [], []
        for number in numbers:
            samples = values[number * code.symbols:(number + 1) * code.symbols].astype(float)
            if not np.all(codec.norms(samples) > 0):
                raise Damaged("eight samples in a row are exactly 0")
            bits = np.unpackbits(np.frombuffer(secrets.token_bytes(code.symbols // 8), np.uint8), bitorder="little")
            rotations, lengths, syndrome = encoder.encode(samples, bits)
            blobs += [rotations.astype("<f4").tobytes(), lengths.astype("<f4").tobytes(),
                      np.packbits(syndrome).tobytes()]
            words.append(bits)
            self.count_frame(code)
        self.channel.send("frames", {"first": numbers.start, "count": len(numbers)}, *blobs)
        return words

    def _settle(self, words, result):
        answer = self.channel.receive("decoded")
        fits, keys, tags, iterations = (answer.list(name, int) for name in ("fits", "keys", "tags", "iterations"))
        if not len(fits) == len(keys) == len(tags) == len(iterations) == len(words):
            raise Damaged("the answer about a batch has not one entry per frame")
        if not all(0 <= count <= 1_000_000 for count in iterations):
            raise Damaged("the iterations of a frame are out of range")
        equal = []
        for bits, fit, key, tag, count in zip(words, fits, keys, tags, iterations):
            if fit and not 0 < key < verification.PRIME:
                raise Damaged("the key of a check is out of range")
            self.ledger.checkBits += verification.TAG_BITS if fit else 0
            equal.append(bool(fit) and verification.tag(bits, key) == tag)
            if equal[-1]:
                result.kept.append(bits)
                result.iterations.append(count)
        result.failed += equal.count(False)
        self.channel.send("verdicts", {"equal": [int(one) for one in equal]})
