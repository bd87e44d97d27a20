public import Foundation

/// The last record of every chain at one moment: small enough to be printed, mailed or put elsewhere. A store that was
/// cut back or rewritten later does not contain it any more.
public struct ChainHeads: Sendable, Hashable, Codable {
    /// `cvqkd-chain-heads`.
    public var kind = "cvqkd-chain-heads"
    /// Version of this layout.
    public var version = 1
    /// The station.
    public var station: String
    /// When they were exported.
    public var exported: Date
    /// By serial number.
    public var heads: [String: Head]
    /// Fingerprints of keys that were revoked; nil in heads that are older than this field.
    public var revoked: [String]?

    /// The end of one chain.
    public struct Head: Sendable, Hashable, Codable {
        /// Number of the last record.
        public var sequence: Int
        /// Its name.
        public var name: String
    }

    /// The ends of all chains of a store.
    public init(_ contents: StoreContents, station: String, now: Date) {
        self.station = station
        exported = now
        heads = [:]
        revoked = contents.trusted.entries.filter { $0.revoked != nil }.map(\.publicKey.fingerprint).sorted()
        for stored in contents.records {
            if let head = heads[stored.chain], head.sequence >= stored.record.sequence { continue }
            heads[stored.chain] = Head(sequence: stored.record.sequence, name: stored.name)
        }
    }

    /// Reads exported heads.
    public static func read(_ data: Data, file: String) throws(RecordError) -> ChainHeads {
        switch RecordCoding.decode(ChainHeads.self, from: data) {
        case .failure(let fault): throw .damaged(file: file, damage: .malformed(reason: fault.reason))
        case .success(let heads) where heads.kind != "cvqkd-chain-heads":
            throw .damaged(file: file, damage: .malformed(reason: "these are no chain heads"))
        case .success(let heads) where heads.version != 1:
            throw .damaged(file: file, damage: .unknownVersion(heads.version))
        case .success(let heads): return heads
        }
    }

    /// Chains that do not contain their head any more: cut back, or rewritten.
    public func findings(in contents: StoreContents) -> [StoreFinding] {
        let kept = Set(contents.trusted.entries.filter { $0.revoked != nil }.map(\.publicKey.fingerprint))
        let forgotten = (revoked ?? []).filter { !kept.contains($0) }.map {
            StoreFinding(name: $0, unit: nil, damage: .revocationLost)
        }
        return forgotten
            + heads.sorted { $0.key < $1.key }.compactMap { unit, head in
                let isThere = contents.records.contains {
                    $0.name == head.name && $0.chain == unit && $0.record.sequence == head.sequence
                }
                return isThere
                    ? nil
                    : StoreFinding(
                        name: head.name, unit: unit, damage: .rolledBack(unit: unit, sequence: head.sequence))
            }
    }
}
