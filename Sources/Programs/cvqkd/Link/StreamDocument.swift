import UnitControl
import UnitProtocol
import UnitTransport

/// The result of `cvqkd stream`.
struct StreamDocument: Encodable, Sendable {
    /// The unit's own account, from its answer to the end of the session.
    struct UnitAccount: Encodable, Sendable {
        var nextSymbol: UInt64
        var framesSent: UInt64
        var deliveredSymbols: UInt64
        var droppedSymbols: UInt64
        var cause: String
    }

    var serial: String
    var role: String
    var emulated: Bool
    var firmware: String
    var selector: String
    var session: String
    /// The same in decimal, for programs whose JSON has 64-bit integers.
    var sessionNumber: UInt64
    var purpose: String
    var symbolRate: Double
    var frameBytes: Int
    var counters: CountersDocument
    var unitAccount: UnitAccount?
    /// Whether the unit's account and ours name the same end.
    var agrees: Bool?
    var elapsedSeconds: Double
    var endedBy: String
    /// Transfers that were kept in flight, and how many they are when the kernel's memory suffices; nil but on USB.
    var usbTransfers: Int?
    var usbTransfersWanted: Int?

    init(
        _ identity: UnitIdentity, _ plan: StreamPlan, _ counters: CountersDocument, _ stopped: StreamStopped?,
        elapsed: Double, endedBy: String, transport: TransportCounters
    ) {
        serial = identity.serial
        role = identity.role.description
        emulated = identity.isEmulated
        firmware = identity.firmware
        selector = identity.endpoint.selector.description
        session = NumberText.session(plan.session)
        sessionNumber = plan.session
        purpose = plan.purpose.word
        symbolRate = plan.symbolRate
        frameBytes = plan.frameBytes
        self.counters = counters
        unitAccount = stopped.map(UnitAccount.init)
        agrees = stopped.map { $0.nextSymbol == counters.endSymbol }
        elapsedSeconds = elapsed
        self.endedBy = endedBy
        if transport.streamTransfers > 0 {
            usbTransfers = transport.streamTransfers
            usbTransfersWanted = transport.streamTransfersWanted
        }
    }

    /// For people.
    var text: String {
        var sheet = Sheet()
        sheet.add("unit", "\(serial), \(role), firmware \(firmware)\(emulated ? ", EMULATED" : "")")
        sheet.add(
            "session",
            "\(session), purpose \(purpose), \(NumberText.significant(elapsedSeconds)) s, ended by \(endedBy)")
        sheet.add(
            "symbol rate",
            "\(NumberText.engineering(symbolRate, "Symbol/s")), frames of \(NumberText.count(frameBytes)) B")
        sheet.add("symbols", "\(NumberText.count(counters.deliveredSymbols)): \(counters.kindsText)")
        sheet.add("gaps", counters.gapsText)
        sheet.add("frames", counters.faults(standsAlone: true))
        sheet.add("clipped", "\(NumberText.count(counters.clippedSamples)) samples")
        sheet.add(
            "received",
            elapsedSeconds > 0
                ? "\(NumberText.engineering(Double(counters.bytes) / elapsedSeconds, "B/s", digits: 3))" : nil)
        if let usbTransfers, let usbTransfersWanted, usbTransfers < usbTransfersWanted {
            sheet.add(
                "USB transfers",
                "\(usbTransfers) of \(usbTransfersWanted): usbfs_memory_mb is short, 'cvqkd doctor' says the command")
        }
        sheet.add("the unit's account", unitAccount?.text ?? "none: it did not answer the end of the session")
        if agrees == false {
            sheet.add(
                "", "THE UNIT'S ACCOUNT ENDS AT ANOTHER SYMBOL THAN OURS (\(NumberText.count(counters.endSymbol)))")
        }
        return sheet.text
    }
}

extension StreamDocument.UnitAccount {
    init(_ stopped: StreamStopped) {
        self.init(
            nextSymbol: stopped.nextSymbol, framesSent: stopped.framesSent, deliveredSymbols: stopped.deliveredSymbols,
            droppedSymbols: stopped.droppedSymbols, cause: stopped.cause.description)
    }

    fileprivate var text: String {
        "\(NumberText.count(nextSymbol)) symbols, \(NumberText.count(droppedSymbols)) of them lost in the unit, \(NumberText.count(framesSent)) frames, ended by \(cause)"
    }
}
