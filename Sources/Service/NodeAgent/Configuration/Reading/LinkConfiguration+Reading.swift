internal import CalibrationRecords
internal import LinkControl
internal import QuadratureAnalysis
internal import UnitProtocol

/// What sessions are for, as the file has it.
private enum PurposeName: String, CaseIterable {
    case key, calibration, test

    var purpose: SessionPurpose {
        switch self {
        case .key: .key
        case .calibration: .calibration
        case .test: .test
        }
    }
}

extension LinkConfiguration {
    /// Nil if something is missing or wrong, which is a fault then.
    init?(_ section: ConfigurationSection) {
        let id = section.required("id", .name)
        let end = section.required("end", .word(End.self))
        let unit = section.required("unit", .name)
        let peer = section.section("peer").flatMap(PeerConfiguration.init)
        let purpose = section.optional("purpose", .word(PurposeName.self)) ?? .key
        isTest = section.optional("test", .flag) ?? false
        symbolRate = section.optional("symbolRate", .rate(1...1e10))
        vacuumFraction = section.optional("vacuumFraction", .number(0...1)) ?? LinkPlan.usualVacuumFraction
        trainingFraction = section.optional("trainingFraction", .number(0...1)) ?? LinkPlan.usualTrainingFraction
        modulationVariance = section.optional("modulationVariance", .number(0...1_000, isOpenBelow: true))
        evidence = section.optionalSection("evidence").map(EvidenceConfiguration.init) ?? .usual
        attempts =
            section.optionalSection("attempts").map { [isTest] in AttemptLimits($0, isTest: isTest) } ?? .usual
        expected = section.optionalSection("expected").flatMap(ExpectedLink.init)
        section.finish()
        guard let id, let end, let unit, let peer else { return nil }
        (self.id, self.end, self.unit, self.peer, self.purpose) = (id, end, unit, peer, purpose.purpose)
        checkFractions(section)
    }

    private func checkFractions(_ section: ConfigurationSection) {
        if vacuumFraction + trainingFraction >= 1 {
            section.fault(
                section.has("trainingFraction") ? "trainingFraction" : "vacuumFraction",
                "together with \(section.has("trainingFraction") ? "vacuumFraction" : "trainingFraction") it leaves no signal"
            )
        }
        guard purpose == .key else { return }
        // Without vacuum there is no evidence, and without training no delay.
        if vacuumFraction == 0 { section.fault("vacuumFraction", "a link that makes key needs vacuum: its evidence") }
        if trainingFraction == 0 { section.fault("trainingFraction", "a link that makes key needs training") }
    }
}

extension PeerConfiguration {
    fileprivate init?(_ section: ConfigurationSection) {
        let addresses: [(Side, Address)] = Side.allCases.compactMap { side in
            section.optional(side.rawValue, ValueKind<Address>.address).map { (side, $0) }
        }
        let keys = section.values("nodeKeys", ValueKind<PublicKey>.nodeKey, count: 1...2)
        let tls = section.optionalSection("tls").flatMap(TLS.init)
        section.finish()
        let given = Side.allCases.filter { section.has($0.rawValue) }
        guard given.count == 1 else {
            section.fault(
                given.isEmpty ? "listen" : "connect",
                given.isEmpty
                    ? "is missing, and so is connect: one of the two says where the other agent is"
                    : "stands beside listen; one of the two ends listens, and the other connects")
            return nil
        }
        if Set(keys).count < keys.count { section.fault("nodeKeys", "has the same key twice") }
        guard let (side, address) = addresses.first else { return nil }
        switch (address, section.has("tls")) {
        case (.tcp, false):
            section.fault(side.rawValue, "TCP goes with TLS only: certificate, key and pins are missing under tls")
        case (.unix, true): section.fault("tls", "belongs to TCP only; ssh, or the folder's mode, guards a Unix socket")
        default: break
        }
        self.init(side: side, address: address, tls: tls, nodeKeys: keys)
    }
}

extension PeerConfiguration.TLS {
    fileprivate init?(_ section: ConfigurationSection) {
        let certificate = section.required("certificate", .path)
        let key = section.required("key", .path)
        let pins = section.values("pins", ValueKind<[UInt8]>.certificatePin, count: 1...2)
        section.finish()
        guard let certificate, let key else { return nil }
        self.init(certificateFile: certificate, keyFile: key, pins: pins)
    }
}

extension EvidenceConfiguration {
    fileprivate init(_ section: ConfigurationSection) {
        self = .usual
        // Below 3 σ every third window of an honest link would be judged by chance.
        boundSigmas = section.optional("boundSigmas", .number(3...20)) ?? boundSigmas
        shareOfNullKey = section.optional("shareOfNullKey", .number(0...1, isOpenBelow: true)) ?? shareOfNullKey
        cellsPerWindow = section.optional("cellsPerWindow", .whole(1...1_000_000))
        keyBlockSymbols = section.optional("keyBlockSymbols", .whole(1_000_000...1_000_000_000_000_000))
        deadline = section.optional("deadline", .duration(1...3_600)) ?? deadline
        section.finish()
    }
}

extension AttemptLimits {
    fileprivate init(_ section: ConfigurationSection, isTest: Bool) {
        self = .usual
        selfResumptions = section.optional("selfResumptions", .whole(0...24)).map { Int($0) } ?? selfResumptions
        firstDelay = section.optional("firstDelay", .duration(1...86_400)) ?? firstDelay
        latches = section.optional("latch", .flag) ?? latches
        section.finish()
        if !latches, !isTest { section.fault("latch", "only a link with 'test: true' may do without the latch") }
    }
}

extension ExpectedLink {
    fileprivate init?(_ section: ConfigurationSection) {
        let loss = section.required(
            "loss", ValueKind<Double>.quantity([("dB", 1)], 0...60, "9 dB"))
        let detection = section.required("detection", .word(QuadratureAnalysis.Detection.self))
        let efficiency = section.required("efficiency", .number(0...1, isOpenBelow: true))
        let noise = section.required("electronicNoise", .number(0...10))
        let reconciliation = section.optional("reconciliation", .number(0...1, isOpenBelow: true)) ?? 0.95
        section.finish()
        guard let loss, let detection, let efficiency, let noise else { return nil }
        self.init(
            loss: Decibels(loss), detection: detection, efficiency: efficiency, electronicNoise: noise,
            reconciliation: reconciliation)
    }
}
