# SPDX-License-Identifier: Apache-2.0
"""Alice: she decodes Bob's bits from her words and from what he tells."""
import numpy as np

import codec
import estimation
import manifest
import verification
from failures import Damaged, Disagreement
from party import Party
from planes import bits


class Alice(Party):
    def run(self):
        self.meet()
        agreement = manifest.compare(self)
        subset = self.channel.receive("subset")
        seed, fraction = subset.binary("seed"), subset.number("fraction")
        if len(seed) != 32 or not 0 < fraction < 1:
            raise Damaged("Bob's draw of disclosed symbols is not one")
        drawn, rest = self.draw(agreement, seed, fraction)
        words = self.pick(drawn)[:2]
        self.channel.send("words", {}, np.stack(words).astype("<i2").tobytes())
        samples = self._disclosed(agreement, self.channel.receive("samples"))
        estimates = self.estimates(agreement, [plane.astype(float) for plane in words], samples)
        code = codec.choose_code(estimates.signal_to_noise, estimates.signal_to_noise_sigma, self.settings.efficiency)
        plan = self.channel.receive("plan")
        if plan.integer("symbols") != code.symbols:
            raise Disagreement("the ends choose different codes: give both the same --efficiency")
        frames = plan.integer("frames", 1)
        if frames * code.symbols > agreement.samples(rest):
            raise Damaged("Bob plans more frames than there are samples")
        expected = self.expected(agreement, estimates, agreement.first(rest, frames * code.symbols))
        result = self.result(agreement, estimates, code)
        decoders, batch = self.settings.decoders(code, self.settings.iterations)
        try:
            self.channel.send("batch", {"frames": batch})
            self.reconcile(decoders, expected, frames, batch, result)
        finally:
            decoders.close()
        self.part(result)
        return result

    def _disclosed(self, agreement, message):
        count = self.ledger.symbols
        x = np.frombuffer(message.blob(0, 2 * count), "<i2")
        if agreement.receiver.is_heterodyne:
            return x, np.frombuffer(message.blob(1, 2 * count), "<i2"), None
        return x, None, bits(message.blob(1, (count + 7) // 8), count)

    def expected(self, agreement, estimates, rest):
        """What she expects Bob's samples to be, in the order of frames; he tells the bases first."""
        x, p, _ = self.pick(rest)
        bases = self.channel.receive("bases")
        x, p = estimation.predicted(estimates, *self.words(agreement, x.astype(float), p.astype(float)))
        if agreement.receiver.is_heterodyne:
            return np.stack([x, p], axis=1).ravel().astype(np.float32)
        self.ledger.bases = len(x)
        return np.where(bits(bases.blob(0, (len(x) + 7) // 8), len(x)), p, x).astype(np.float32)

    def reconcile(self, decoders, expected, frames, batch, result):
        starts = range(0, frames, batch)
        tasks = self._receive_batch(expected, starts[0], min(batch, frames), result)
        for start in starts:
            found = list(decoders.decode(tasks))
            self._answer(found)
            # Bob sent the next batch before he had this answer.
            if start + batch < frames:
                tasks = self._receive_batch(expected, start + batch, min(batch, frames - start - batch), result)
            self._settle(found, result)
            self.say_frames(result, frames)

    def _receive_batch(self, expected, start, count, result):
        code = result.code
        message = self.channel.receive("frames")
        if (message.integer("first"), message.integer("count")) != (start, count):
            raise Damaged("frames come in another order than was planned")
        tasks = []
        for k in range(count):
            own = expected[(start + k) * code.symbols:(start + k + 1) * code.symbols].astype(float)
            rotations = np.frombuffer(message.blob(3 * k, 4 * code.symbols), "<f4")
            lengths = np.frombuffer(message.blob(3 * k + 1, 4 * code.vectors), "<f4")
            if not (np.all(np.isfinite(rotations)) and np.all(np.isfinite(lengths)) and np.all(lengths > 0)):
                raise Damaged("a frame has entries that are not numbers")
            syndrome = bits(message.blob(3 * k + 2, (code.checks + 7) // 8), code.checks, "big").astype(np.uint8)
            tasks.append((own, result.estimates.residual, rotations, lengths, syndrome))
            self.count_frame(code)
        return tasks

    def _answer(self, found):
        """Whether each frame fits its syndrome, and a tag under a key that is drawn only now."""
        keys = [verification.fresh_key() for _ in found]
        fits = [int(one[2]) for one in found]
        self.channel.send("decoded", {
            "fits": fits, "iterations": [one[1] for one in found], "keys": keys,
            "tags": [verification.tag(one[0], key) if one[2] else 0 for one, key in zip(found, keys)]})
        self.ledger.checkBits += verification.TAG_BITS * sum(fits)

    def _settle(self, found, result):
        equal = self.channel.receive("verdicts").list("equal", int)
        if len(equal) != len(found) or any(one not in (0, 1) or one > int(two[2]) for one, two in zip(equal, found)):
            raise Damaged("the verdicts about a batch are not one per frame that decoded")
        for one, (word, iterations, _) in zip(equal, found):
            if one:
                result.kept.append(word)
                result.iterations.append(iterations)
        result.failed += equal.count(0)
