// The standard library has no logarithm.
internal import Glibc

extension Double {
    /// With four digits, for a sentence: more are worth nothing to who reads it.
    var rounded4: String {
        guard isFinite, self != 0 else { return "\(self)" }
        let digits = 3 - Int(log10(abs(self)).rounded(.down))
        // Below a millionth it is written with an exponent, and a sum of powers of ten is not exact any more.
        guard digits > 0 else { return abs(self) < 1e15 ? "\(Int(self.rounded()))" : "\(self)" }
        guard digits < 16 else { return "\(self)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let text = "\((self * scale).rounded() / scale)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
