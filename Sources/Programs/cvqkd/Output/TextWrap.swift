import ReadableText

/// Text in lines of so many columns: broken between words, and within one only if it alone is too long.
enum TextWrap {
    /// Lines of sentences, each broken where it is too long, and set in below. A command that is there to be copied is never
    /// broken: it begins a line of its own where it does not fit, and the terminal breaks one that is longer still.
    static func paragraphs(_ text: String, _ width: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard TextWidth.of(line) > width else { return String(line) }
            let lead = String(line.prefix { $0 == " " })
            let indent = lead + "  "
            let lines = lines(String(line.dropFirst(lead.count)), width - indent.count, keepsCommands: true)
            return lead + lines.joined(separator: "\n" + indent)
        }.joined(separator: "\n")
    }

    static func lines(_ text: String, _ width: Int, keepsCommands: Bool = false) -> [String] {
        guard width > 0, TextWidth.of(text) > width else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in words(text, keepsCommands ? .max : width) {
            let longer = line.isEmpty ? word : line + " " + word
            if TextWidth.of(longer) <= width {
                line = longer
                continue
            }
            if !line.isEmpty { lines.append(line) }
            line = word
            while TextWidth.of(line) > width, !(keepsCommands && word.contains("'cvqkd ")) {
                let part = prefix(line, width)
                lines.append(part)
                line = String(line.dropFirst(part.count))
            }
        }
        return lines + (line.isEmpty && !lines.isEmpty ? [] : [line])
    }

    /// The beginning of a line that is too long: whole words where there are any, and a sign that it goes on.
    static func beginning(_ text: String, _ width: Int) -> String {
        guard TextWidth.of(text) > width, width > 1 else { return text }
        let part = prefix(text, width - 1)
        let words = part.lastIndex(of: " ").map { part[..<$0] }
        return (words.map { $0.count > part.count / 2 ? String($0) : part } ?? part) + "…"
    }

    /// A quoted command that fits in a line is one word: it is there to be copied.
    private static func words(_ text: String, _ width: Int) -> [String] {
        var words: [String] = []
        var command: [String] = []
        for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            guard !command.isEmpty || word.hasSuffix("'cvqkd") else {
                words.append(word)
                continue
            }
            command.append(word)
            if word.contains("'"), command.count > 1 {
                let whole = command.joined(separator: " ")
                words += TextWidth.of(whole) <= width ? [whole] : command
                command = []
            }
        }
        return words + command
    }

    /// As much as fits, at least one character, or nothing would ever be done. Behind a separator where there is one.
    private static func prefix(_ text: String, _ width: Int) -> String {
        var (part, used) = ("", 0)
        for character in text {
            used += TextWidth.of(character)
            if used > width, !part.isEmpty { break }
            part.append(character)
        }
        guard part.count < text.count, let cut = part.lastIndex(where: { "/_-,:".contains($0) }) else { return part }
        let behind = part[...cut]
        return behind.count > part.count / 2 ? String(behind) : part
    }
}
