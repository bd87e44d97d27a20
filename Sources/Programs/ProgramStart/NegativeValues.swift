/// Negative numbers behind an option: the parser takes `--received-power -20` for two options, and says that a value is
/// missing.
public enum NegativeValues {
    /// The same words, with a negative number joined to the option before it, as `--received-power=-20`. What follows `--`
    /// stays as it is.
    public static func joined(_ words: some Sequence<String>) -> [String] {
        var joined: [String] = []
        var isOver = false
        for word in words {
            if word == "--" { isOver = true }
            if !isOver, isNegative(word), let option = joined.last, option.hasPrefix("--"), !option.contains("=") {
                joined[joined.count - 1] = "\(option)=\(word)"
            } else {
                joined.append(word)
            }
        }
        return joined
    }

    /// Whether it is a minus sign, also the one of typography, and a number behind it.
    private static func isNegative(_ word: String) -> Bool {
        guard word.hasPrefix("-") || word.hasPrefix("\u{2212}") else { return false }
        let rest = word.dropFirst().drop { $0 == "." || $0 == "," }
        return rest.first.map { ("0"..."9").contains($0) } ?? false
    }
}
