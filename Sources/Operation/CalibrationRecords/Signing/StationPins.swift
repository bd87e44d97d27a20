public import Foundation

/// The stations that an installation believes, by configuration: with them, a station that somebody has made or trusted in
/// the store itself is not enough. A value; who keeps the file decides who may change it.
public struct StationPins: Sendable, Hashable {
    /// One station.
    public struct Pin: Sendable, Hashable {
        /// As the configuration names it.
        public var name: String
        /// Its whole key: a fingerprint is for people.
        public var publicKey: PublicKey

        /// A pin.
        public init(name: String, publicKey: PublicKey) {
            self.name = name
            self.publicKey = publicKey
        }
    }

    /// In the order of the configuration.
    public var pins: [Pin]

    /// Pins; none at all believes nobody.
    public init(_ pins: [Pin]) { self.pins = pins }

    /// The pin of a key.
    public func pin(_ key: PublicKey) -> Pin? { pins.first { $0.publicKey == key } }

    /// Reads a file: lines of a name and a key in base64, as `station show --json` prints it, or PEM blocks. Empty lines and
    /// those that begin with `#` do not count.
    ///
    /// - Throws: `.badPins` with the line that is wrong; also for a file without a single pin.
    public static func read(_ data: Data, file: String) throws(RecordError) -> StationPins {
        guard let text = String(data: data, encoding: .utf8) else {
            throw .badPins(file: file, line: 1, reason: "it is not text in UTF-8")
        }
        var pins: [Pin] = []
        var block: [String]?
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.trimmingCharacters(in: .whitespacesAndNewlines)
            func fail(_ reason: String) -> RecordError { .badPins(file: file, line: index + 1, reason: reason) }
            if let lines = block {
                guard line.hasPrefix("-----END") else {
                    block = lines + [line]
                    continue
                }
                block = nil
                guard let key = PublicKey(lines.joined()) else { throw fail("this block is no Ed25519 public key") }
                pins.append(Pin(name: key.fingerprint, publicKey: key))
            } else if line.hasPrefix("-----BEGIN") {
                block = []
            } else if !line.isEmpty, !line.hasPrefix("#") {
                let words = line.split(whereSeparator: \.isWhitespace)
                guard words.count == 2, let key = PublicKey(String(words[1])) else {
                    throw fail("a name and an Ed25519 public key in base64 are expected")
                }
                pins.append(Pin(name: String(words[0]), publicKey: key))
            }
            if let last = pins.last, pins.dropLast().contains(where: { $0.publicKey == last.publicKey }) {
                throw fail("this key stands here twice")
            }
        }
        guard block == nil, !pins.isEmpty else {
            throw .badPins(
                file: file, line: 1, reason: block == nil ? "it pins nobody" : "a PEM block has no end")
        }
        return StationPins(pins)
    }
}
