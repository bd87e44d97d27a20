import Foundation
import Repository
import UnitProtocol

/// Vectors that `schema-compiler` made from the schema alone, without the codecs that are tested with them.
struct GoldenVectors: Decodable {
    struct Vector: Decodable, Sendable {
        let message: String
        let template: UInt16
        let name: String
        let hex: String

        var bytes: [UInt8] {
            let digits = Array(hex.utf8)
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
                UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            }
        }

        var title: String { "\(message) \(name)" }
    }

    let vectors: [Vector]

    private static let root = Repository.root

    /// A file of the repository.
    static func data(_ path: String) throws -> Data {
        try Data(contentsOf: root.appendingPathComponent(path))
    }

    /// The vectors of the unit protocol.
    static func unitProtocol() throws -> [Vector] {
        try JSONDecoder().decode(Self.self, from: data("firmware-schemas/golden-vectors.json")).vectors
    }

    /// The vectors of the schema `evolution.xml`.
    static func evolution() throws -> [Vector] {
        try JSONDecoder().decode(Self.self, from: data("Tests/GoldenVectors/evolution-vectors.json")).vectors
    }
}

/// What reading a message of any kind ends with.
func fault(of bytes: [UInt8]) -> MessageFault? {
    do throws(MessageFault) {
        try UnitMessages.inspect(bytes.span.bytes)
        return nil
    } catch {
        return error
    }
}
