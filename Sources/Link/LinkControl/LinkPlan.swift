public import UnitControl
public import UnitProtocol

/// What a pair's session is to be: the same for both ends.
public struct LinkPlan: Sendable, Equatable {
    /// Fixed for the session.
    public var purpose: SessionPurpose
    /// Symbols per second.
    public var symbolRate: Double
    /// Fraction of slots that Bob makes vacuum.
    public var vacuumFraction: Double
    /// Fraction of slots that Bob makes dark: local oscillator off, for V_off during the session.
    public var darkFraction: Double
    /// Fraction of slots that Alice makes training.
    public var trainingFraction: Double
    /// Modulation variance per quadrature, SNU.
    public var modulationVariance: Double
    /// Stride of stream frames, bytes.
    public var frameBytes: Int
    /// The session ends by itself after so many symbols; 0 for never.
    public var symbolLimit: UInt64

    /// Fractions of vacuum and of training slots if nobody says. Neither makes key: a tenth each costs a fifth of it, and
    /// brings a million vacuum samples a second at 10 MHz, which know V_on to 0.14 %.
    public static let (usualVacuumFraction, usualTrainingFraction) = (0.1, 0.1)

    /// Dark samples per quadrature before a session if nobody says. They know V_off to √(2/10⁶) = 0.14 %, which is 1.6e-4 SNU
    /// at 10 dB of clearance, and take a tenth of a second at 10 MHz.
    public static let usualDarkSamples: UInt64 = 1_000_000

    /// As many, or what Bob's unit sums at once.
    public static func darkSamples(_ receiver: Capabilities) -> UInt64 {
        min(usualDarkSamples, receiver.maximumMomentSamples)
    }

    /// A plan.
    public init(
        purpose: SessionPurpose, symbolRate: Double, vacuumFraction: Double = usualVacuumFraction,
        trainingFraction: Double = usualTrainingFraction,
        modulationVariance: Double = LightSetting.defaultModulationVariance,
        frameBytes: Int = StreamPlan.defaultFrameBytes,
        symbolLimit: UInt64 = 0, darkFraction: Double = 0
    ) {
        self.purpose = purpose
        self.symbolRate = symbolRate
        self.vacuumFraction = vacuumFraction
        self.trainingFraction = trainingFraction
        self.darkFraction = darkFraction
        self.modulationVariance = modulationVariance
        self.frameBytes = frameBytes
        self.symbolLimit = symbolLimit
    }

    /// Both ends have the same slots, so the larger sample format decides. A slot is a multiple of 8 symbols so that
    /// packed basis bits stay on byte borders.
    public var symbolsPerFrame: UInt32 { StreamPlan.symbolsPerFrame(frameBytes: frameBytes, format: .xp16) / 8 * 8 }

    /// The part of one end.
    func stream(of role: UnitRole, session: UInt64, delivers: Bool) -> StreamPlan {
        var plan = StreamPlan(
            session: session, purpose: purpose, frameBytes: frameBytes, symbolsPerFrame: symbolsPerFrame,
            symbolRate: symbolRate)
        if role == .alice {
            plan.trainingFraction = trainingFraction
            plan.symbolLimit = symbolLimit
        } else {
            plan.options = delivers ? .deliverDisclosed : []
            plan.vacuumFraction = vacuumFraction
            plan.darkFraction = darkFraction
        }
        return plan
    }

    /// Throws `.badPlan` for what these two ends cannot carry out. Each end asks, and so does the coordinator.
    public func check(_ alice: EndFacts, _ bob: EndFacts) throws(LinkError) {
        let low = max(alice.minimumSymbolRate, bob.minimumSymbolRate)
        let high = min(alice.maximumSymbolRate, bob.maximumSymbolRate)
        guard low <= high, (low...high).contains(symbolRate) else {
            throw .badPlan("the symbol rate \(symbolRate) Hz is outside \(low)…\(high) Hz, which both units can do")
        }
        guard (0...1).contains(vacuumFraction), (0...1).contains(trainingFraction), (0...1).contains(darkFraction),
            vacuumFraction + darkFraction <= 1
        else {
            throw .badPlan(
                "fractions of vacuum, dark and training lie between 0 and 1, and vacuum and dark together too")
        }
        guard modulationVariance > 0, modulationVariance <= alice.maximumModulationVariance else {
            throw .badPlan(
                "the modulation variance \(modulationVariance) SNU is outside Alice's range up to \(alice.maximumModulationVariance) SNU"
            )
        }
        guard (1024...65_536).contains(frameBytes), frameBytes & (frameBytes - 1) == 0 else {
            throw .badPlan("a frame has 1024, 2048, 4096, 8192, 16384, 32768 or 65536 bytes, not \(frameBytes)")
        }
    }
}

extension LinkPlan: Codable {
    private enum Key: String, CodingKey {
        case purpose, symbolRate, vacuumFraction, darkFraction, trainingFraction, modulationVariance, frameBytes
        case symbolLimit
    }

    /// From a message.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.init(
            purpose: SessionPurpose(rawValue: try values.decode(UInt8.self, forKey: .purpose)),
            symbolRate: try values.decode(Double.self, forKey: .symbolRate),
            vacuumFraction: try values.decode(Double.self, forKey: .vacuumFraction),
            trainingFraction: try values.decode(Double.self, forKey: .trainingFraction),
            modulationVariance: try values.decode(Double.self, forKey: .modulationVariance),
            frameBytes: try values.decode(Int.self, forKey: .frameBytes),
            symbolLimit: try values.decode(UInt64.self, forKey: .symbolLimit),
            darkFraction: try values.decode(Double.self, forKey: .darkFraction))
    }

    /// Into a message; the purpose by its number in the unit protocol.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(purpose.rawValue, forKey: .purpose)
        try values.encode(symbolRate, forKey: .symbolRate)
        try values.encode(vacuumFraction, forKey: .vacuumFraction)
        try values.encode(darkFraction, forKey: .darkFraction)
        try values.encode(trainingFraction, forKey: .trainingFraction)
        try values.encode(modulationVariance, forKey: .modulationVariance)
        try values.encode(frameBytes, forKey: .frameBytes)
        try values.encode(symbolLimit, forKey: .symbolLimit)
    }
}

extension LinkPlan {
    /// The share of training frames that may be compared with nothing in a session of purpose key: a thousandth.
    ///
    /// What Alice's unit marked is public and must not become key, whatever Bob's unit calls it, and only the comparison
    /// shows that. In order none is left out: both ends keep 16,384 frames, which is seconds. The thousandth is for a node
    /// that stumbles once; its count stands in the report, for whoever makes key to subtract as disclosed. More means that an
    /// end does not keep up, and that whoever keeps it busy chooses what is compared.
    public static let borneUncompared = 1e-3

    /// Whether so many frames left out of all are more than the session bears. A session that has begun is taken to have
    /// filled its queues once: no single frame of its first second ends it.
    func bears(uncompared: UInt64, of all: UInt64) -> Bool {
        guard purpose == .key else { return true }
        return Double(uncompared) <= Self.borneUncompared * Double(max(all, UInt64(DisclosureCheck.depth)))
    }
}
