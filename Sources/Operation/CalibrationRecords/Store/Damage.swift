/// What is wrong with one file of the store, or with a chain.
public enum Damage: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The file ends before the signature does.
    case truncated
    /// The file cannot be read.
    case unreadable(reason: String)
    /// The bytes are not those that the name was made from.
    case digestDiffers(found: String)
    /// The record is not JSON, or lacks something.
    case malformed(reason: String)
    /// The layout is of a version that this program does not know.
    case unknownVersion(Int)
    /// The signature is not that of the key beside it over these bytes.
    case badSignature(fingerprint: String)
    /// A file that is not a record lies among the records.
    case strangeFile
    /// The record before this one is not there.
    case missingPredecessor(String)
    /// The record before this one is damaged.
    case damagedPredecessor(String)
    /// The number does not follow that of the record before.
    case wrongSequence(expected: Int, found: Int)
    /// The record before this one is in the chain of another unit.
    case otherChain(unit: String)
    /// Several records have the same predecessor and number.
    case fork(with: [String])
    /// A record or import that this one rests on is not there or is damaged.
    case missingReference(String)
    /// The record ended before the one that precedes it in the chain.
    case clockWentBack(seconds: Double)
    /// The chain ended here when heads were exported, and does not contain it now.
    case rolledBack(unit: String, sequence: Int)
    /// The store has taken it, and it is not there.
    case removed(String)
    /// The key was revoked when heads were exported, and is not now.
    case revocationLost
    /// The store's log was removed or damaged: nobody knows what else was.
    case logLost(reason: String)

    /// Whether the record's own bytes and signature are in doubt, and not only its place.
    public var concernsContent: Bool {
        switch self {
        case .truncated, .unreadable, .digestDiffers, .malformed, .unknownVersion, .badSignature, .strangeFile: true
        default: false
        }
    }

    /// Whether records may be missing before or beside this one.
    public var concernsPlace: Bool {
        switch self {
        case .missingPredecessor, .damagedPredecessor, .wrongSequence, .otherChain, .fork: true
        default: false
        }
    }

    /// Whether it is the whole store's: nobody can tell whose record it was, or what has gone with it.
    public var concernsStore: Bool {
        switch self {
        case .removed, .logLost, .revocationLost, .rolledBack: true
        default: concernsContent
        }
    }

    /// A clock that was set is worth a look, but is not damage.
    public var isWarning: Bool { if case .clockWentBack = self { true } else { false } }

    /// The sentence.
    public var description: String {
        switch self {
        case .truncated: "truncated: it has no complete record and signature"
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .digestDiffers(let found): "its bytes were changed: their SHA-256 is \(found.prefix(16))…"
        case .malformed(let reason): "malformed: \(reason)"
        case .unknownVersion(let version): "its layout is of version \(version), which this program does not know"
        case .badSignature(let fingerprint): "its signature is not that of the key \(fingerprint) over these bytes"
        case .strangeFile: "not a record: its name is no SHA-256"
        case .missingPredecessor(let name): "the record before it, \(name.prefix(16))…, is missing"
        case .damagedPredecessor(let name): "the record before it, \(name.prefix(16))…, is damaged"
        case .wrongSequence(let expected, let found): "it is number \(found) of its chain and should be \(expected)"
        case .otherChain(let unit): "the record before it belongs to the chain of \(unit)"
        case .fork(let names):
            "the chain forks: \(names.map { $0.prefix(16) + "…" }.joined(separator: ", ")) has the same place"
        case .missingReference(let name): "what it rests on, \(name.prefix(16))…, is missing or damaged"
        case .clockWentBack(let seconds):
            "it ended \(Int(seconds.rounded(.up))) s before the record that precedes it: a clock was set back"
        case .rolledBack(let unit, let sequence):
            "number \(sequence) of the chain of \(unit) was there when the heads were exported, and is not now"
        case .removed(let what): "the store has taken it (\(what)), and it is not there"
        case .revocationLost: "this key was revoked when the heads were exported, and is not now"
        case .logLost(let reason): "the store's log is lost (\(reason)): nobody knows what else was taken away"
        }
    }
}

/// Damage and the file that has it.
public struct StoreFinding: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Name of the record or file.
    public var name: String
    /// The unit whose chain is concerned, if that can be told.
    public var unit: String?
    /// The damage.
    public var damage: Damage
    /// Who has set it aside; nil if nobody has.
    public var setAside: SetAside?

    /// A finding.
    public init(name: String, unit: String?, damage: Damage) {
        self.name = name
        self.unit = unit
        self.damage = damage
    }

    /// The sentence.
    public var description: String { "\(name): \(damage)" }
}
