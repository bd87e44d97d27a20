/// Versions of the link messages that a program speaks: its own and the one before it, because two sites are never updated
/// together, and none below what it was told. Whoever has spoken a version with the other side once pins it: from then on
/// nobody in between can talk the two of them down to an older one.
public struct LinkVersions: Sendable, Hashable {
    /// In rising order; empty if the least that is wanted is newer than the program.
    public let spoken: [Int]

    /// What a program speaks.
    ///
    /// - Parameters:
    ///   - newest: the program's own version.
    ///   - minimum: the least that may be agreed on.
    public init(newest: Int = LinkEnvelope.version, atLeast minimum: Int = 1) {
        spoken = (max(1, newest - 1)...max(1, newest)).filter { $0 >= minimum }
    }

    /// What this program speaks.
    public static let current = LinkVersions()

    /// Whether a version is spoken.
    public func contains(_ version: Int) -> Bool { spoken.contains(version) }

    /// The version to agree on, of those that the other side speaks; nil if there is none.
    public func newest(of offered: [Int]) -> Int? { spoken.last { offered.contains($0) } }

    /// In a sentence: "version 1", "versions 1 and 2".
    public var words: String {
        switch spoken.count {
        case 0: "no version that may be used"
        case 1: "version \(spoken[0])"
        default: "versions \(spoken.map(String.init).joined(separator: " and "))"
        }
    }
}
