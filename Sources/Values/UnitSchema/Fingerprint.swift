/// FNV-1a, 64 bits, as a running state.
struct RunningHash {
    private(set) var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(line: String) {
        for byte in line.utf8 { add(byte) }
        add(UInt8(ascii: "\n"))
    }

    private mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
}

extension Message {
    /// The canonical text, line by line: first the message, then its elements, older versions first. A later version can
    /// add a field to the block of a message that has groups; since its line comes behind all older ones, the older
    /// text stays a prefix of the newer.
    public var canonicalLines: [String] {
        ["message \(id) \(name)"] + canonicalElements.map(\.line)
    }

    /// Fingerprints of the message with its first 0, 1, 2 … elements: element k is the state behind k lines of
    /// ``canonicalLines`` after the first.
    public var chain: [UInt64] {
        var hash = RunningHash()
        return canonicalLines.map { line in
            hash.add(line: line)
            return hash.state
        }
    }

    /// A line behind the first, and where in the schema's text it is from.
    var canonicalElements: [(line: String, sourceLine: Int, name: String)] {
        let versions = Set(
            block.fields.map(\.sinceVersion) + data.map(\.sinceVersion)
                + groups.flatMap { [$0.block.sinceVersion] + $0.block.fields.map(\.sinceVersion) })
        return versions.sorted().flatMap(elements(addedIn:))
    }

    private func elements(addedIn version: Int) -> [(line: String, sourceLine: Int, name: String)] {
        var elements: [(line: String, sourceLine: Int, name: String)] = []
        for field in block.fields where field.sinceVersion == version {
            elements.append((field.canonicalLine, field.line, field.name))
        }
        for group in groups {
            let fields = group.block.fields.filter { $0.sinceVersion == version }
            guard group.block.sinceVersion == version || !fields.isEmpty else { continue }
            elements.append(("group \(group.id) \(group.name) \(group.dimension.name)", group.line, group.name))
            for field in fields {
                elements.append(("| " + field.canonicalLine, field.line, "\(group.name).\(field.name)"))
            }
        }
        for field in data where field.sinceVersion == version {
            elements.append(("data \(field.id) \(field.name) \(field.canonicalEncoding)", field.line, field.name))
        }
        return elements
    }
}

extension Field {
    /// The field's line of the canonical text.
    var canonicalLine: String {
        "field \(id) \(name) \(offset) \(canonicalEncoding)" + (unit.map { " unit:\($0)" } ?? "")
    }
}
