internal import ReadableText
internal import Yams

/// The tree of a file, with lines.
enum YAMLText {
    /// Reads one document. What is not YAML is a fault, and nil is returned.
    static func root(_ bytes: [UInt8], _ list: FaultList) -> Node? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            list.add("", nil, "it is not text in UTF-8")
            return nil
        }
        if let mark = firstAnchor(in: text) {
            list.add(
                "", mark, "anchors (&) and aliases (*) are not read: write the value out, or put the text in quotes")
            return nil
        }
        do {
            // The encoding is given, because otherwise a variable of the environment decides.
            guard
                let root = try Parser(yaml: text, resolver: .default, constructor: .default, encoding: .utf8)
                    .singleRoot()
            else {
                list.add("", nil, "it is empty")
                return nil
            }
            return root
        } catch let error as YamlError {
            add(error, text, list)
        } catch {
            list.add("", nil, "it cannot be read")
        }
        return nil
    }

    private static func add(_ error: YamlError, _ text: String, _ list: FaultList) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            list.add("", FilePlace(mark), "this is not YAML: \(problem)")
        case .composer(_, let problem, let mark, _): list.add("", FilePlace(mark), problem)
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let column = before.reversed().prefix { $0 != "\n" }.count + 1
            let line = before.reduce(1) { $0 + ($1 == "\n" ? 1 : 0) }
            list.add("", FilePlace(line: line, column: column), "this is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\(VisibleText.of($0, limit: 60))'" }.joined(separator: ", ")
            list.add("", FilePlace(context.mark), "\(names) stands more than once in this section")
        default: list.add("", nil, "it cannot be read")
        }
    }

    /// Where an anchor or an alias is, outside quotes and comments. Aliases of aliases would make a few lines a tree without
    /// end, while it is read.
    private static func firstAnchor(in text: String) -> FilePlace? {
        var quote: Unicode.Scalar?
        var before: Unicode.Scalar = " "
        var (line, column, isComment) = (1, 0, false)
        for scalar in text.unicodeScalars {
            column += 1
            defer { before = scalar }
            if scalar == "\n" {
                (line, column, isComment) = (line + 1, 0, false)
                continue
            }
            if isComment { continue }
            let begins = " \n\t\r[{,".unicodeScalars.contains(before)
            if let open = quote {
                if scalar == open, open == "'" || before != "\\" { quote = nil }
                continue
            }
            switch scalar {
            case "\"", "'": if begins { quote = scalar }
            case "#": if begins { isComment = true }
            case "&", "*": if begins { return FilePlace(line: line, column: column) }
            default: break
            }
        }
        return nil
    }
}
