internal import CalibrationRecords
public import RawKey
internal import CalibrationRecords
internal import RawKeyMessages

/// Windows of raw key, judged again from their records alone. Numbers of 64 bits are texts.
public struct EvidenceVerification: Codable, Sendable, Hashable {
    /// What follows from all of it.
    public enum Verdict: String, Codable, Sendable, Hashable {
        /// Everything follows from the records. It says nothing about whether a window passed.
        case consistent
        /// It does, and a key that signed is not one of those that were given.
        case untrusted
        /// Something does not follow, or cannot be read.
        case contradicted
    }

    /// One quantity.
    public struct Quantity: Codable, Sendable, Hashable {
        /// For example `vacuumVarianceX`.
        public var name: String
        /// As it follows from the record.
        @ExplicitNull public var value: Double?
        /// Its standard deviation.
        @ExplicitNull public var sigma: Double?
        /// Null where there is no limit.
        @ExplicitNull public var lower: Double?
        /// Null where there is no limit.
        @ExplicitNull public var upper: Double?
        /// Whether it lies within.
        public var passes: Bool
        /// Whether the statement says the same.
        public var agrees: Bool
    }

    /// One end's evidence.
    public struct Evidence: Codable, Sendable, Hashable {
        /// `passed`, `insufficient`, `failed`; null if it cannot be judged.
        @ExplicitNull public var verdict: String?
        /// Fingerprint of the key that signed; null if none did.
        @ExplicitNull public var signer: String?
        /// Every quantity of the rule.
        public var quantities: [Quantity]
        /// Alarms that the end stated.
        public var alarms: [String]
    }

    /// One window.
    public struct Window: Codable, Sendable, Hashable {
        /// The file of its record.
        public var file: String
        /// The link; null if nothing can be read.
        @ExplicitNull public var link: String?
        /// Counted from 0 in a session.
        @ExplicitNull public var ordinal: String?
        /// Its first cell.
        @ExplicitNull public var firstCell: String?
        /// How many it covers.
        @ExplicitNull public var cells: String?
        /// Of these, how many both ends hold.
        public var common: Int
        /// `released`, `revoked` or `unknown`, as the record says.
        public var outcome: String
        /// Bob's evidence.
        @ExplicitNull public var receiver: Evidence?
        /// Alice's.
        @ExplicitNull public var transmitter: Evidence?
        /// V_on of the window.
        @ExplicitNull public var vacuum: Vacuum?
        /// Excess noise at the channel's input that an error of V_on could hide, SNU.
        @ExplicitNull public var hiddenExcessNoise: Double?
        /// Share of the window over which an intercept-resend of all symbols could stay unseen.
        @ExplicitNull public var unseenShare: Double?
        /// Whether it comes from an emulated unit: then nothing of it is a secret.
        public var isEmulated: Bool
        /// What is wrong; empty if everything follows from the record.
        public var findings: [String]
    }

    /// V_on.
    public struct Vacuum: Codable, Sendable, Hashable {
        /// Samples of a channel.
        public var samples: String
        /// LSB².
        @ExplicitNull public var x: Double?
        /// Its standard deviation.
        @ExplicitNull public var xSigma: Double?
        /// LSB²; null without a second channel.
        @ExplicitNull public var p: Double?
        /// Its standard deviation.
        @ExplicitNull public var pSigma: Double?
    }

    /// The worst of all.
    public var verdict: Verdict
    /// Whether the keys of the nodes were given. Without them a signature proves only that the key's owner signed.
    public var keysWereGiven: Bool
    /// In the order in which they were given.
    public var windows: [Window]
    /// V_on over all windows, revoked ones too: the one to use.
    @ExplicitNull public var vacuum: Vacuum?
    /// V_on over the released windows only: biased, for comparison.
    @ExplicitNull public var releasedVacuum: Vacuum?

    /// Of records in files of these names.
    public init(_ audit: SessionAudit, files: [String], keysWereGiven: Bool) {
        windows = zip(files, audit.windows).map { Window($0, $1) }
        vacuum = audit.vacuum.map(Vacuum.init)
        releasedVacuum = audit.releasedVacuum.map(Vacuum.init)
        self.keysWereGiven = keysWereGiven
        let findings = audit.windows.flatMap(\.findings)
        let isUntrusted = findings.contains { if case .notPinned = $0 { true } else { false } }
        let isContradicted = findings.contains { if case .notPinned = $0 { false } else { true } }
        verdict = isContradicted ? .contradicted : isUntrusted ? .untrusted : .consistent
    }
}

extension EvidenceVerification.Window {
    init(_ file: String, _ audit: WindowAudit) {
        self.file = file
        let statement = audit.anyStatement
        link = statement?.link
        ordinal = statement.map { String($0.ordinal) }
        firstCell = statement.map { String($0.firstCell) }
        cells = statement.map { String($0.cells) }
        common = audit.common.count
        outcome =
            switch audit.outcome {
            case .released: "released"
            case .revoked: "revoked"
            default: "unknown"
            }
        receiver = audit.receiver.map(EvidenceVerification.Evidence.init)
        transmitter = audit.transmitter.map(EvidenceVerification.Evidence.init)
        vacuum = audit.vacuum.map(EvidenceVerification.Vacuum.init)
        let hidden = audit.receiver?.judged.first { $0.name == EvidenceQuantity.hiddenExcessNoise.rawValue }?.value
        hiddenExcessNoise = hidden?.finite
        unseenShare = hidden?.finite.map(WindowPlan.unseenShare)
        isEmulated = [audit.receiver, audit.transmitter].contains { $0?.statement?.isEmulated == true }
        findings = audit.findings.map(\.description)
    }
}

extension EvidenceVerification.Evidence {
    init(_ statement: WindowAudit.Statement) {
        verdict =
            switch statement.verdict {
            case .passed: "passed"
            case .insufficient: "insufficient"
            case .failed: "failed"
            case nil: nil
            }
        signer = statement.signer?.fingerprint
        quantities = statement.judged.map {
            EvidenceVerification.Quantity(
                name: $0.name, value: $0.value.finite, sigma: $0.sigma.finite, lower: $0.lower.finite,
                upper: $0.upper.finite, passes: $0.passes,
                agrees: !statement.contradictions.contains($0.name) && !statement.contradictions.contains("judged"))
        }
        alarms = statement.statement?.alarms ?? []
    }
}

extension EvidenceVerification.Vacuum {
    init(_ estimate: VacuumEstimate) {
        samples = String(estimate.x.samples)
        (x, xSigma) = (estimate.x.variance.finite, estimate.x.sigma.finite)
        (p, pSigma) = (estimate.p?.variance.finite, estimate.p?.sigma.finite)
    }
}
