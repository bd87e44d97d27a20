public import LinkOperation
internal import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// What a stream of one unit alone has carried.
public struct StreamDocument: Codable, Sendable, Hashable {
    /// The unit's own account, from its answer to the end of the session.
    public struct UnitAccount: Codable, Sendable, Hashable {
        /// One past its last symbol.
        public var nextSymbol: UInt64
        /// Stream frames.
        public var framesSent: UInt64
        /// Symbols in them.
        public var deliveredSymbols: UInt64
        /// Symbols lost in the unit.
        public var droppedSymbols: UInt64
        /// Why the session ended.
        public var cause: String

        init(_ stopped: StreamStopped) {
            nextSymbol = stopped.nextSymbol
            framesSent = stopped.framesSent
            deliveredSymbols = stopped.deliveredSymbols
            droppedSymbols = stopped.droppedSymbols
            cause = stopped.cause.description
        }
    }

    /// Serial number.
    public var serial: String
    /// `Alice` or `Bob`.
    public var role: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// Firmware version.
    public var firmware: String
    /// How to name it.
    public var selector: String
    /// Sixteen hexadecimal digits.
    public var session: String
    /// The same in decimal, for programs whose JSON has 64-bit integers.
    public var sessionNumber: UInt64
    /// `test` or `calibration`.
    public var purpose: String
    /// Symbols per second.
    public var symbolRate: Double
    /// Stride of its frames.
    public var frameBytes: Int
    /// Our account.
    public var counters: CountersDocument
    /// Absent if the unit did not answer the end of the session.
    public var unitAccount: UnitAccount?
    /// Whether the unit's account can be, and names the same end, loss and number of frames as its last frame; absent without
    /// one.
    public var agrees: Bool?
    /// What in the unit's account cannot be; absent if nothing is wrong with it.
    public var contradiction: String?
    /// Of streaming.
    public var elapsedSeconds: Double
    /// `duration`, `interruption`, `unit`, or the cause that the unit names.
    public var endedBy: String
    /// Transfers that were kept in flight; absent but on USB.
    public var usbTransfers: Int?
    /// How many they are when the kernel's memory suffices; absent but on USB.
    public var usbTransfersWanted: Int?

    /// The document of a stream that has ended.
    public init(_ outcome: UnitStreamRun.Outcome) {
        let (identity, plan) = (outcome.identity, outcome.plan)
        serial = identity.serial
        role = identity.role.description
        emulated = identity.isEmulated
        firmware = identity.firmware
        selector = identity.endpoint.selector.description
        session = RunningSession.name(of: plan.session)
        sessionNumber = plan.session
        purpose = plan.purpose.word
        symbolRate = plan.symbolRate
        frameBytes = plan.frameBytes
        counters = CountersDocument(outcome.counters)
        unitAccount = outcome.said.map { UnitAccount($0.stopped) }
        agrees = outcome.said.map { [end = counters.endSymbol] in
            $0.contradiction == nil && $0.stopped.nextSymbol == end
        }
        contradiction = outcome.said?.contradiction
        elapsedSeconds = outcome.elapsed.inSeconds
        endedBy =
            switch outcome.endedBy {
            case .unit(let cause): cause?.description ?? "unit"
            case .request: "interruption"
            case .duration: "duration"
            }
        let transport = outcome.transport
        if transport.streamTransfers > 0 {
            usbTransfers = transport.streamTransfers
            usbTransfersWanted = transport.streamTransfersWanted
        }
    }
}
