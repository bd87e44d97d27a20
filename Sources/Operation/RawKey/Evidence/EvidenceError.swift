/// Why a statement about a window does not hold. Every case stops key.
public enum EvidenceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes that are no such message.
    case unreadable(what: String)
    /// A version of the rule that this build does not know. Both ends need a build that has it.
    case rule(UInt32)
    /// A limit that cannot be one.
    case badPolicy(String, Double)
    /// The key that signed is not pinned for this link. Pin the other node's key.
    case notPinned(fingerprint: String)
    /// The signature is not that key's over these bytes.
    case badSignature
    /// This node's key could not sign.
    case notSigned(reason: String)
    /// A field that no statement can have.
    case malformed(field: String, reason: String)
    /// Sums that no samples have.
    case impossibleSums(field: String, reason: String)
    /// What follows from a statement's own numbers is not what it says.
    case contradictsItself(field: String)
    /// Both statements are of the same end, or an end states the other's evidence.
    case wrongEnd
    /// The other statement is of another link, session, window or policy.
    case differs(field: String)
    /// The statement does not continue the one before it.
    case brokenChain(ordinal: UInt64)
    /// The answer is to another statement.
    case answersAnother
    /// What is signal or training at Bob's end is something else at Alice's: first symbol of the cell that differs.
    case kindsDiffer(cell: UInt64, symbol: UInt64)
    /// One key signed for both ends: one node cannot vouch for the other.
    case sameSigner(fingerprint: String)
    /// Bytes of another window are missing, so that a chain cannot be followed.
    case missingStatement(end: String, ordinal: UInt64)
    /// A window is said to be released, and its statements do not allow it.
    case unprovenRelease(reason: String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .unreadable(let what): "the \(what) cannot be read"
        case .rule(let version): "rule version \(version) is not known here: it is \(EvidencePolicy.rule)"
        case .badPolicy(let name, let value): "the limit \(name) cannot be \(value)"
        case .notPinned(let fingerprint): "the key that signed, \(fingerprint), is not pinned"
        case .badSignature: "the signature is not that of the statement"
        case .notSigned(let reason): "the statement could not be signed: \(reason)"
        case .malformed(let field, let reason): "\(field) of the statement is not possible: \(reason)"
        case .impossibleSums(let field, let reason): "\(field) cannot be sums over samples: \(reason)"
        case .contradictsItself(let field): "\(field) is not what follows from the statement's own numbers"
        case .wrongEnd: "the statement is not of the other end"
        case .differs(let field): "\(field) differs between the two ends"
        case .brokenChain(let ordinal): "the statement about window \(ordinal) does not continue the one before it"
        case .answersAnother: "the statement answers another one than this end's"
        case .kindsDiffer(let cell, let symbol):
            "the ends disagree about what symbol \(symbol) of cell \(cell) is"
        case .sameSigner(let fingerprint): "one key, \(fingerprint), signed for both ends"
        case .missingStatement(let end, let ordinal): "the statement of \(end) about window \(ordinal) is missing"
        case .unprovenRelease(let reason): "the window is said to be released, but \(reason)"
        }
    }
}
