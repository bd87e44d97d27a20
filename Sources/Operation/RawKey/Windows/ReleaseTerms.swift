internal import Foundation
public import LinkControl

/// What both ends agree on about raw key before a session: the grid of its blocks and the rule that releases them. It is
/// part of the session's binding.
public struct ReleaseTerms: Sendable, Codable, Equatable {
    /// Symbols of a block.
    public var symbolsPerCell: UInt64
    /// The rule and its limits, as `EvidencePolicy.bytes`.
    public var policy: WireBytes

    /// Terms.
    public init(symbolsPerCell: UInt64, policy: EvidencePolicy) {
        self.symbolsPerCell = symbolsPerCell
        self.policy = WireBytes(policy.bytes)
    }

    /// As they cross.
    public var bytes: WireBytes {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Two plain fields always have a text.
        return WireBytes((try? encoder.encode(self)) ?? Data())
    }

    /// From what crossed. Throws `.unreadable`, `.rule` and `.badPolicy`.
    public static func read(_ bytes: WireBytes?) throws(EvidenceError) -> (terms: ReleaseTerms, policy: EvidencePolicy)
    {
        guard let bytes = bytes?.bytes, bytes.count <= 65_536,
            let terms = try? JSONDecoder().decode(ReleaseTerms.self, from: Data(bytes))
        else { throw .unreadable(what: "terms of raw key") }
        return (terms, try EvidencePolicy(bytes: Data(terms.policy.bytes)))
    }
}
