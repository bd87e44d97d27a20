/// Text that is written line by line with an indentation.
struct CodeText {
    private(set) var text = ""
    private var depth = 0
    /// Number of lines so far.
    private(set) var lineCount = 0

    /// A line; an empty one has no indentation.
    mutating func line(_ line: String = "") {
        text += line.isEmpty ? "\n" : String(repeating: "    ", count: depth) + line + "\n"
        lineCount += 1
    }

    /// C that is written as it stands, with the schema's prefix in the place of PREFIX and UPPER.
    mutating func lines(_ text: String, prefix: String) {
        let upper = prefix.uppercased()
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            self.line(String(line).replacing("PREFIX", with: prefix).replacing("UPPER", with: upper))
        }
    }

    /// Lines between `open` and `close`, one step further in.
    mutating func block(_ open: String, _ close: String = "}", _ body: (inout CodeText) -> Void) {
        line(open)
        indented(body)
        line(close)
    }

    /// Lines one step further in.
    mutating func indented(_ body: (inout CodeText) -> Void) {
        depth += 1
        body(&self)
        depth -= 1
    }

    /// A comment, wrapped at 118 columns.
    mutating func comment(_ prefix: String, _ comment: String) {
        for paragraph in comment.split(separator: "\n", omittingEmptySubsequences: false) {
            var current = prefix
            for word in paragraph.split(separator: " ") {
                if current.count + word.count + 1 > 118 - 4 * depth, current.count > prefix.count {
                    line(current)
                    current = prefix
                }
                current += " " + word
            }
            line(current)
        }
    }
}

/// A file that the compiler makes.
struct GeneratedFile {
    let path: String
    let text: String
}
