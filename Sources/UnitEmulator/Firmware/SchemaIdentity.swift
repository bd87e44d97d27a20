internal import UnitProtocol

/// The schema that the unit says it was built with. Normally the one that this program was generated from; faults make
/// it another one, text and fingerprints alike.
struct SchemaIdentity {
    let fingerprints: [HelloReply.FingerprintsEntry]
    let text: [UInt8]

    init(_ faults: ControlFaults) {
        var text = UnitSchemaText.bytes.withUnsafeBytes { Array($0) }
        let changed = faults.foreignMessage.flatMap { SchemaEdit(text, message: $0) }
        if let changed { text = changed.text }
        self.text = text
        fingerprints = UnitMessages.chains.keys.sorted().map { template in
            var chain = UnitMessages.chains[template] ?? []
            if template == faults.foreignMessage, let changed { chain = changed.chain(after: chain) }
            if template == faults.shortMessage, chain.count > 1 { chain.removeLast() }
            return HelloReply.FingerprintsEntry(
                templateId: template, fieldCount: UInt16(chain.count - 1), fingerprint: chain.last ?? 0)
        }
    }
}

/// A schema text in which one message has a field more than ours: its first field is followed by a renamed copy of
/// itself. What a developer's private build looks like to a host.
struct SchemaEdit {
    let text: [UInt8]

    /// Nil if the text has no such message, or it has no field.
    init?(_ text: [UInt8], message: UInt16) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
        let wanted = "id=\"\(message)\" blockLength="
        guard let start = lines.firstIndex(where: { String(decoding: $0, as: UTF8.self).contains(wanted) }) else {
            return nil
        }
        guard start + 1 < lines.count else { return nil }
        let line = String(decoding: lines[start + 1], as: UTF8.self)
        guard let name = line.firstRange(of: "name=\"")?.upperBound,
            let end = line[name...].firstIndex(of: "\"")
        else { return nil }
        lines[start + 1] = Array((line[..<end] + "Changed" + line[end...]).utf8)
        self.text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    /// The chain that a host will compute from the text differs from its first field on; only the last element is told.
    func chain(after ours: [UInt64]) -> [UInt64] { ours }
}
