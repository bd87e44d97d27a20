import ArgumentParser

/// Refuses an option or an argument without any text. It comes from a variable of a script's that is not set: taken as not
/// given, the command would work on another store, or write to another place, than was meant.
enum EmptyWords {
    /// `words` are those behind the command's name.
    static func check(_ words: some Sequence<String>) throws {
        var last: String?
        for word in words {
            if word == "--" { return }
            if word.hasPrefix("--"), word.last == "=" {
                throw ValidationError("\(word.dropLast()) is given without a value.")
            }
            if word.isEmpty {
                throw ValidationError(
                    last.map {
                        $0.hasPrefix("-") ? "The value of \($0) is empty." : "The argument after '\($0)' is empty."
                    }
                        ?? "The first argument is empty.")
            }
            last = word
        }
    }
}
