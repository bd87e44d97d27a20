internal import UnitProtocol

/// What a request needs: one row of the table in README, section 4.
struct RequestRule: Sendable {
    /// What a host must have said in its Hello.
    enum Need: Sendable { case nothing, connection, control }

    let template: UInt16
    let name: String
    /// Bytes of the block in version 0.
    let minimumBlock: Int
    let need: Need
    private(set) var states: Set<FirmwareState>
    let capability: CapabilitySet
    private(set) var fields: [FieldRule]

    private init<Message: UnitMessage>(
        _ type: Message.Type, need: Need, states: Set<FirmwareState>, capability: CapabilitySet, fields: [FieldRule]
    ) {
        template = Message.templateID
        name = Message.messageName
        minimumBlock = Message.blockLength
        self.need = need
        self.states = states
        self.capability = capability
        self.fields = fields
    }
}

extension RequestRule {
    private static let all = Set(FirmwareState.allCases)
    private static let up = all.subtracting([.starting, .bootloader])
    private static let settings: Set<FirmwareState> = [.dark, .warmingUp, .ready]

    /// The table for one unit, by template number.
    static func table(_ unit: UnitConfiguration) -> [UInt16: RequestRule] {
        let rules = identity + observation + optics(unit) + streaming(unit) + measurements(unit) + maintenance
        var table = Dictionary(uniqueKeysWithValues: rules.map { ($0.template, $0) })
        for defect in unit.defects { spoil(&table, defect) }
        return table
    }

    /// Rows of units that are broken on purpose.
    private static func spoil(_ table: inout [UInt16: RequestRule], _ defect: FirmwareDefect) {
        switch defect {
        case .identityAnywhere: table[GetBootloaderIdentity.templateID]?.states = all
        case .capturesInWarmUp: table[Capture.templateID]?.states.insert(.warmingUp)
        case .selfTestsInLight: table[RunSelfTest.templateID]?.states.insert(.ready)
        case .settingsInSession:
            for (template, rule) in table where rule.states == settings {
                table[template]?.states.insert(.streaming)
            }
        case .noCaptureInSession: table[Capture.templateID]?.states.remove(.streaming)
        case .bootloaderTellsStatus: table[GetStatus.templateID]?.states = all
        case .zeroCountsAccepted:
            for template in [Capture.templateID, MeasureMoments.templateID] { table[template]?.fields.removeFirst() }
        case .accessUnchecked: table[Hello.templateID]?.fields = []
        default: break
        }
    }

    private static func rule<Message: UnitMessage>(
        _ type: Message.Type, _ need: Need, _ states: Set<FirmwareState>, _ capability: CapabilitySet = [],
        _ fields: [FieldRule] = []
    ) -> RequestRule {
        RequestRule(type, need: need, states: states, capability: capability, fields: fields)
    }

    private static let identity = [
        rule(Hello.self, .nothing, all, [], [.values(1, "access", at: 0, 1...2)]),
        rule(GetSchema.self, .nothing, all),
        rule(GetStatus.self, .connection, all.subtracting([.bootloader])),
        rule(Heartbeat.self, .control, all.subtracting([.bootloader])),
        rule(GetBootloaderIdentity.self, .connection, [.bootloader]),
    ]

    private static let observation = [
        rule(GetCapabilities.self, .connection, up), rule(GetTelemetryCatalog.self, .connection, up),
        rule(GetTelemetry.self, .connection, up), rule(GetOpticalState.self, .connection, up),
        rule(GetClock.self, .connection, up),
    ]

    private static func optics(_ unit: UnitConfiguration) -> [RequestRule] {
        let power = FieldRule.real(3, "power", at: 8, 0...unit.maximumLocalOscillatorPower)
        let variance = FieldRule.real(3, "variance", at: 8, 0...unit.maximumModulationVariance)
        return [
            rule(SetSignalLaser.self, .control, settings, .signalLaser, [.flag(1, "on", at: 0)]),
            rule(SetLocalOscillator.self, .control, settings, .localOscillator, [.flag(1, "on", at: 0), power]),
            rule(SetShutter.self, .control, settings, .shutter, [.values(1, "position", at: 0, 1...2)]),
            rule(
                SetAttenuation.self, .control, settings, .variableAttenuator,
                [.real(1, "attenuation", at: 0, unit.minimumAttenuation...unit.maximumAttenuation)]),
            rule(
                SetModulatorBiasLock.self, .control, settings, .modulatorBiasLock, [.flag(1, "enabled", at: 0)]),
            rule(
                SetModulation.self, .control, settings, .modulation, [.values(1, "format", at: 0, 0...1), variance]),
        ]
    }

    private static func measurements(_ unit: UnitConfiguration) -> [RequestRule] {
        let capturing: Set<FirmwareState> = [.dark, .ready, .streaming]
        let mayBeOdd = unit.sampleFormat != .xp16 || unit.defects.contains(.oddCaptures)
        let pairs = FieldRule(id: 1, name: "sampleCount") { fields in
            let count = fields.number(at: 0, as: UInt32.self)
            return mayBeOdd || count % 2 == 0 ? nil : "is \(count): x and p need an even number"
        }
        return [
            rule(
                Capture.self, .control, capturing, .capture, [.count(1, "sampleCount", at: 0, 1...UInt32.max), pairs]),
            rule(ReadCapture.self, .control, capturing.union([.warmingUp]), .capture),
            rule(
                MeasureMoments.self, .control, [.dark, .ready], .moments,
                [
                    .long(1, "samples", at: 0, 1...UInt64.max), .values(2, "kind", at: 8, 2...3),
                ]),
            rule(RunSelfTest.self, .control, [.dark], .selfTest),
        ]
    }

    private static let maintenance = [
        rule(Reset.self, .control, all, [], [.values(1, "kind", at: 0, 1...3)]),
        rule(Zeroise.self, .control, up, .zeroise),
    ]

    private static func streaming(_ unit: UnitConfiguration) -> [RequestRule] {
        // Which state each needs depends on more than the table tells: `UnitFirmware` looks at the rest.
        [
            rule(StartStream.self, .control, [.ready, .dark], [], StartRules(unit).fields),
            rule(StopStream.self, .control, up),
        ]
    }
}

/// What is allowed in StartStream (README, section 8).
private struct StartRules {
    let isAlice: Bool
    let unit: UnitConfiguration

    init(_ unit: UnitConfiguration) {
        self.unit = unit
        isAlice = unit.role == .alice
    }

    var fields: [FieldRule] {
        let unit = unit
        let nothing = 0.0...0.0
        let all = 0.0...1.0
        return [
            FieldRule(id: 1, name: "sessionId") { $0.number(at: 0, as: UInt64.self) == 0 ? "is 0" : nil },
            .values(2, "purpose", at: 8, 1...3),
            .values(3, "options", at: 9, 0...3),
            FieldRule(id: 5, name: "frameBytes") { fields in
                let value = fields.number(at: 12, as: UInt32.self)
                let fits = (1_024...unit.maximumFrameBytes).contains(value) && value & (value - 1) == 0
                return fits ? nil : "is \(value), a power of two from 1024 to \(unit.maximumFrameBytes) is wanted"
            },
            FieldRule(id: 6, name: "symbolsPerFrame") { Self.slotObjection($0, unit) },
            .real(8, "symbolRate", at: 24, unit.minimumSymbolRate...unit.maximumSymbolRate),
            .real(9, "vacuumFraction", at: 32, isAlice ? nothing : all),
            .real(10, "trainingFraction", at: 40, isAlice ? all : nothing),
            isAlice ? .real(11, "darkFraction", at: 48, nothing) : darkFraction,
        ]
    }

    private var darkFraction: FieldRule {
        FieldRule(id: 11, name: "darkFraction") { fields in
            let (vacuum, dark) = (fields.real(at: 32), fields.real(at: 48))
            guard (0...1).contains(dark) else { return "is \(dark), 0 to 1 are allowed" }
            return vacuum + dark <= 1 ? nil : "is \(dark): with vacuumFraction \(vacuum) that is more than 1"
        }
    }

    private static func slotObjection(_ fields: RequestFields, _ unit: UnitConfiguration) -> String? {
        let symbols = fields.number(at: 16, as: UInt32.self)
        guard (16...32_768).contains(symbols) else { return "is \(symbols), 16 to 32768 are allowed" }
        let disclosed = StreamOptions(rawValue: fields.byte(at: 9)).contains(.deliverDisclosed)
        let format = disclosed ? SampleFormat.xp16 : unit.sampleFormat
        let needed = StreamSession.samplesOffset + format.bytes(for: Int(symbols))
        let frameBytes = Int(fields.number(at: 12, as: UInt32.self))
        return needed <= frameBytes ? nil : "is \(symbols): a frame of \(needed) bytes does not fit \(frameBytes)"
    }
}
