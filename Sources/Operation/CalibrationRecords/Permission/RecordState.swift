/// A verdict in one word, for tables and scripts.
public enum RecordState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing speaks against it, as far as it was judged.
    case valid
    /// Its time is over.
    case expired
    /// Something in it failed.
    case failed
    /// It was broken off.
    case incomplete
    /// Its signer is not trusted.
    case untrusted
    /// It ends in the future.
    case clock
    /// It does not say how long it holds, or states a life that no calibration has.
    case none
    /// Its chain is damaged, or a file that may be newer.
    case damaged
    /// Somebody worked on a unit since.
    case maintained
    /// A newer record stands in its place.
    case replaced
    /// Units, firmware, protocol or conditions are not those of the record.
    case changed
    /// T is above the commissioned one: the transmitter may be stronger than characterised.
    case stronger

    /// The gravest of the objections.
    public init(_ verdict: RecordVerdict) {
        let states = Set(verdict.objections.map(Self.init))
        self = Self.gravestFirst.first(where: states.contains) ?? .valid
    }

    /// Who signed it and how it ended come before its age, and what happened around it comes last.
    private static let gravestFirst: [RecordState] = [
        .untrusted, .incomplete, .failed, .clock, .none, .expired, .damaged, .stronger, .changed, .maintained,
        .replaced,
    ]

    private init(_ objection: RecordObjection) {
        self =
            switch objection {
            case .outcome(.incomplete): .incomplete
            case .outcome: .failed
            case .noValidity, .validityTooLong: .none
            case .expired: .expired
            case .clockImplausible, .timesReversed: .clock
            case .signer: .untrusted
            case .chainDamaged, .fileDamaged: .damaged
            case .maintained: .maintained
            case .replaced: .replaced
            case .transmitterStronger: .stronger
            case .conditionMoved, .conditionUnknown, .firmwareChanged, .schemaChanged, .emulated: .changed
            }
    }
}
