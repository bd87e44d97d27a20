internal import UnitProtocol
internal import UnitTransport

/// The schema that the unit says it was built with. Normally the one that this program was generated from; faults make
/// it another one, text and fingerprints alike.
struct SchemaIdentity: Sendable {
    let fingerprints: [HelloReply.FingerprintsEntry]
    let text: [UInt8]

    private struct Key: Hashable {
        var foreign: UInt16?
        var short: UInt16?
    }

    /// A schema is read line by line under the pair's lock: at each Hello and each piece of text that would hold up the
    /// unit for so long, on a slow machine, that it takes no request in time.
    private static let known = Guarded<[Key: SchemaIdentity]>([:])

    /// The identity that these faults make, computed once.
    static func made(by faults: ControlFaults) -> SchemaIdentity {
        known.withLock { known in
            let key = Key(foreign: faults.foreignMessage, short: faults.shortMessage)
            if let identity = known[key] { return identity }
            let identity = SchemaIdentity(faults)
            known[key] = identity
            return identity
        }
    }

    private init(_ faults: ControlFaults) {
        let own = UnitSchemaText.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        let changed = faults.foreignMessage.flatMap { SchemaEdit.renameField(in: own, message: $0) }
        text = Array((changed ?? own).utf8)
        let chains = changed.map { SchemaChains($0).chains } ?? UnitMessages.chains
        fingerprints = chains.keys.sorted().map { template in
            var chain = chains[template] ?? []
            if template == faults.shortMessage, chain.count > 1 { chain.removeLast() }
            return HelloReply.FingerprintsEntry(
                templateId: template, fieldCount: UInt16(chain.count - 1), fingerprint: chain.last ?? 0)
        }
    }
}

/// Makes another schema of ours.
enum SchemaEdit {
    /// The text with the last field of a message that means something renamed; nil if there is none.
    static func renameField(in text: String, message: UInt16) -> String? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(where: { $0.contains("<sbe:message ") && $0.contains(" id=\"\(message)\"") })
        else { return nil }
        let fields = lines[(start + 1)...].prefix { $0.contains("<field ") }
        guard
            let index = fields.lastIndex(where: { line in
                let name = SchemaChains.attribute("name", of: line) ?? ""
                return !name.hasPrefix("padding") && !name.hasPrefix("reserved")
            }), let name = SchemaChains.attribute("name", of: lines[index]),
            let range = lines[index].firstRange(of: "name=\"\(name)\"")
        else { return nil }
        lines[index].replaceSubrange(range, with: "name=\"\(name)Changed\"")
        return lines.joined(separator: "\n")
    }
}

/// Fingerprint chains computed from the schema text alone, as a firmware author would from `fingerprint.md`. It reads
/// our own text, with one element per line, and no other XML.
struct SchemaChains {
    private(set) var chains: [UInt16: [UInt64]] = [:]
    /// Canonical encoding of each named type, and its unit.
    private var types: [String: (encoding: String, unit: String?)] = [:]

    init(_ text: String) {
        for name in ["uint8", "uint16", "uint32", "uint64", "int16", "int64", "double"] { types[name] = (name, nil) }
        types["varDataEncoding"] = ("composite{length:uint32,varData:uint8[0]}", nil)
        types["varTextEncoding"] = types["varDataEncoding"]
        var message: UInt16 = 0
        var inGroup = false
        for line in text.split(separator: "\n") {
            let line = String(line)
            if line.contains("<type ") || line.contains("<enum ") || line.contains("<set ") { define(line) }
            if line.contains("</group>") { inGroup = false }
            if line.contains("<sbe:message "), let id = Self.attribute("id", of: line).flatMap(UInt16.init) {
                message = id
                chains[id] = [Self.hash(0xcbf2_9ce4_8422_2325, "message \(id) \(name(of: line))")]
            } else if let element = element(line, inGroup: &inGroup), let last = chains[message]?.last {
                chains[message]?.append(Self.hash(last, element))
            }
        }
    }

    private mutating func define(_ line: String) {
        guard let name = Self.attribute("name", of: line) else { return }
        if let encoding = Self.attribute("encodingType", of: line) {
            types[name] = ((line.contains("<set ") ? "set:" : "enum:") + encoding, nil)
        } else if let primitive = Self.attribute("primitiveType", of: line) {
            let length = Self.attribute("length", of: line).map { "[\($0)]" } ?? ""
            types[name] = (primitive + length, Self.attribute("semanticType", of: line))
        }
    }

    private func element(_ line: String, inGroup: inout Bool) -> String? {
        let id = Self.attribute("id", of: line) ?? ""
        let type = types[Self.attribute("type", of: line) ?? ""]
        if line.contains("<group ") {
            inGroup = true
            return "group \(id) \(name(of: line)) \(Self.attribute("dimensionType", of: line) ?? "")"
        }
        if line.contains("<data ") { return "data \(id) \(name(of: line)) \(type?.encoding ?? "")" }
        guard line.contains("<field ") else { return nil }
        let unit = (Self.attribute("semanticType", of: line) ?? type?.unit).map { " unit:\($0)" } ?? ""
        let offset = Self.attribute("offset", of: line) ?? ""
        return (inGroup ? "| " : "") + "field \(id) \(name(of: line)) \(offset) \(type?.encoding ?? "")\(unit)"
    }

    private func name(of line: String) -> String { Self.attribute("name", of: line) ?? "" }

    static func attribute(_ name: String, of line: String) -> String? {
        guard let start = line.firstRange(of: " \(name)=\"")?.upperBound, let end = line[start...].firstIndex(of: "\"")
        else { return nil }
        return String(line[start..<end])
    }

    /// FNV-1a, continued.
    private static func hash(_ state: UInt64, _ line: String) -> UInt64 {
        (Array(line.utf8) + [UInt8(ascii: "\n")]).reduce(state) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
