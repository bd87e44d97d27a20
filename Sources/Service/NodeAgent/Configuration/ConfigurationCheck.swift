internal import NodeReports
internal import QuadratureAnalysis
internal import RawKey
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What follows from a configuration before a unit is asked: windows, quotas, and what somebody should think about.
public struct ConfigurationCheck: Sendable {
    /// One window of a link, as far as it can be computed.
    public struct Window: Sendable, Hashable {
        /// Samples of vacuum that the bound takes; nil if only the number of cells is given.
        public var vacuumSamples: Double?
        /// Blocks at this end.
        public var blocks: Double
        /// Symbols of all kinds.
        public var symbols: Double
        /// Bytes of sealed blocks at this end.
        public var bytes: Double
        /// s; nil if the symbol rate is not given.
        public var seconds: Double?
    }

    /// Why the agent does not start with it.
    public private(set) var refusals: [String] = []
    /// What somebody should think about.
    public private(set) var warnings: [String] = []
    /// For people: what was understood.
    public private(set) var text = ""

    /// Looks at a configuration.
    public init(_ configuration: AgentConfiguration) {
        var lines = [
            "node \(configuration.node): \(configuration.links.count) links, \(configuration.units.count) units"
        ]
        lines.append("  control socket  \(configuration.controlSocket)")
        lines.append("  state           \(configuration.stateFolder)")
        let spool = configuration.spool
        lines.append(
            "  spool           \(spool.policy.rawValue), \(Self.bytes(Double(spool.bytes))) a link, stops at "
                + "\(Int((spool.highWater * 100).rounded())) %")
        if spool.policy == .durable {
            refusals.append(
                "spool.policy: durable does not exist yet, this version keeps raw key in memory only. Say memory, or nothing"
            )
        }
        for unit in configuration.units where !configuration.links.contains(where: { $0.unit == unit.name }) {
            warnings.append("the unit \(unit.name) is an end of no link")
        }
        if configuration.records.stations == nil {
            warnings.append("no stations are pinned: whoever is trusted in the store counts ('stations' of records)")
        }
        for link in configuration.links { lines += look(at: link, configuration) }
        lines += warnings.map { "warning: \($0)" }
        text = lines.joined(separator: "\n")
    }

    private mutating func look(at link: LinkConfiguration, _ configuration: AgentConfiguration) -> [String] {
        let selector = configuration.unit(of: link)?.selector.description ?? link.unit
        var lines = [
            "link \(link.id): \(link.end.rawValue) on \(selector), purpose \(link.purpose.word)\(link.isTest ? ", test" : "")"
        ]
        lines.append(
            "  peer            \(link.peer.side.rawValue) \(link.peer.address), \(link.peer.nodeKeys.count) node keys")
        lines.append(
            "  evidence        \(link.evidence.boundSigmas) sigma at \(link.evidence.shareOfNullKey) of the null-key noise, "
                + "deadline \(link.evidence.deadline) s")
        let window = Self.window(of: link) { warnings.append("\(link.id): \($0)") }
        if let window {
            let time =
                window.seconds.map { ", \(Self.number($0 / 60)) min" } ?? ", minutes not known without symbolRate"
            let samples = window.vacuumSamples.map { "\(Self.number($0)) vacuum samples, " } ?? ""
            lines.append(
                "  window          \(samples)\(Self.number(window.symbols)) symbols, \(Self.number(window.blocks)) blocks, "
                    + "\(Self.bytes(window.bytes))\(time)")
        } else {
            lines.append("  window          not known before a session: give 'expected' or evidence.cellsPerWindow")
        }
        for consumer in configuration.consumers(of: link) {
            let users = consumer.users.map(\.description).joined(separator: ", ")
            let kind =
                consumer.isMetadataOnly ? "metadata" : consumer.takesCiphertextEarly ? "raw key" : "raw key, late"
            lines.append("  consumer        \(consumer.name) (\(kind)) at \(consumer.socket) for \(users)")
        }
        check(link, window, configuration)
        return lines
    }

    /// A consumer that takes nothing before the window's end makes the spool hold two of them.
    private mutating func check(_ link: LinkConfiguration, _ window: Window?, _ configuration: AgentConfiguration) {
        let consumers = configuration.consumers(of: link).filter { !$0.isMetadataOnly }
        if consumers.isEmpty, link.purpose == .key {
            warnings.append("\(link.id): nobody takes its raw key; the spool fills up")
        }
        for consumer in consumers where !consumer.takesCiphertextEarly {
            guard let window else {
                warnings.append(
                    "\(link.id): whether the spool holds two windows for \(consumer.name) is not known: give 'expected'"
                )
                continue
            }
            let needed = 2 * window.bytes
            guard Double(configuration.spool.bytes) < needed else { continue }
            refusals.append(
                "\(link.id): \(consumer.name) does not take ciphertext early, and two windows have \(Self.bytes(needed)); "
                    + "spool.bytes is \(Self.bytes(Double(configuration.spool.bytes))). Raise it, or let the consumer take early"
            )
        }
    }

    /// By the number of cells if that is given, else from loss and bound.
    private static func window(of link: LinkConfiguration, _ warn: (String) -> Void) -> Window? {
        // Signal and training stay as samples of 16 bits: Alice's of both quadratures, Bob's of what he measures.
        let samples = link.end == .bob ? link.expected?.detection.samplesPerSymbol ?? 2 : 2
        let bytesPerSymbol = 2 * Double(samples) * (1 - (link.end == .bob ? link.vacuumFraction : 0))
        let mostSymbols = Double(BlockGrid.mostSymbols)
        func window(_ symbols: Double, _ planned: WindowPlan?) -> Window {
            Window(
                vacuumSamples: planned.map { Double($0.vacuumSamples) }, blocks: (symbols / mostSymbols).rounded(.up),
                symbols: symbols, bytes: symbols * bytesPerSymbol, seconds: link.symbolRate.map { symbols / $0 })
        }
        var planned: WindowPlan?
        if let expected = link.expected {
            do { planned = try plan(of: link, expected) } catch { warn("no window can be planned: \(error)") }
        }
        guard let cells = link.evidence.cellsPerWindow else {
            return planned.map { window(Double($0.symbols), $0) }
        }
        let symbols = Double(cells) * mostSymbols
        if let planned, planned.cells > cells {
            warn(
                "\(cells) cells have \(number(symbols)) symbols at most, and the bound takes \(number(Double(planned.symbols))): its windows will be insufficient"
            )
        }
        return window(symbols, nil)
    }

    private static func plan(of link: LinkConfiguration, _ expected: ExpectedLink) throws -> WindowPlan? {
        guard link.vacuumFraction > 0 else { return nil }
        let receiver = try ReceiverModel(
            detection: expected.detection, efficiency: expected.efficiency,
            electronicNoise: ShotNoiseUnits(expected.electronicNoise), trust: .trusted)
        var wish = link.evidence.wish
        // Where the rate is not known, neither is the time.
        if link.symbolRate == nil { wish.mostSeconds = .infinity }
        return try WindowPlan(
            link: link.evidence.planned(
                receiver: receiver, transmittance: Transmittance(loss: expected.loss),
                modulationVariance: ShotNoiseUnits(link.modulationVariance ?? LightSetting.defaultModulationVariance),
                reconciliation: expected.reconciliation,
                signalFraction: 1 - link.vacuumFraction - link.trainingFraction),
            stream: WindowPlan.Stream(
                symbolRate: link.symbolRate ?? 1e6, symbolsPerCell: BlockGrid.mostSymbols,
                symbolsPerSlot: usualSlot, vacuumFraction: link.vacuumFraction), wish: wish)
    }

    /// Symbols of a slot on USB, where a frame has 64 KiB; on a serial line slots are shorter, and windows not longer for it.
    private static let usualSlot: UInt32 = 16_368

    private static func bytes(_ count: Double) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (count, 0)
        while value >= 1_024, unit < units.count - 1 { (value, unit) = (value / 1_024, unit + 1) }
        return "\(number(value)) \(units[unit])"
    }

    /// Three digits are enough for a plan.
    private static func number(_ value: Double) -> String {
        guard value >= 1e5 || value < 0.01, value != 0 else { return "\((value * 100).rounded() / 100)" }
        var (digits, exponent) = (value, 0)
        while digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
        while digits < 1 { (digits, exponent) = (digits * 10, exponent - 1) }
        return "\((digits * 100).rounded() / 100)e\(exponent)"
    }
}
