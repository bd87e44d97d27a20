internal import LinkOperation
public import UnitControl
public import UnitProtocol

/// What a unit is doing, with settings and read-backs, in SI units.
public struct UnitStatus: Codable, Sendable, Hashable {
    /// Settings and what the unit reads back.
    public struct Optics: Codable, Sendable, Hashable {
        /// Lights that are on.
        public var light: [String]
        /// `Open` or `Closed`, as it was set.
        public var shutterSet: String
        /// As it is read back.
        public var shutterReadBack: String
        /// As its sensor (`shutter_read_back`) has it; absent if the unit has no value, or moves it with its slots.
        public var shutterSensor: String?
        /// Whether all three say the same; absent for a unit without a shutter.
        public var shutterAgrees: Bool?
        /// Whether the modulator's bias is locked.
        public var biasLocked: Bool
        /// What Alice modulates.
        public var modulation: String
        /// SNU.
        public var modulationVariance: Double?
        /// W.
        public var localOscillatorPower: Double?
        /// W.
        public var signalPower: Double?
        /// dB.
        public var attenuationSet: Double?
        /// dB.
        public var attenuationReadBack: Double?

        init(_ state: OpticalState, _ shutter: ShutterReading?) {
            shutterSensor = shutter?.sensorIsClosed.map { ($0 ? ShutterPosition.closed : .open).description }
            shutterAgrees = shutter?.agrees
            light = state.light.names
            shutterSet = state.shutterSet.description
            shutterReadBack = state.shutterReadBack.description
            biasLocked = state.biasLocked
            modulation = state.modulation.description
            modulationVariance = state.modulationVariance.finite
            localOscillatorPower = state.localOscillatorPower.finite
            signalPower = state.signalPower.finite
            attenuationSet = state.attenuationSet.finite
            attenuationReadBack = state.attenuationReadBack.finite
        }
    }

    /// Serial number.
    public var serial: String
    /// `Alice` or `Bob`.
    public var role: String
    /// Whether no optics are behind it.
    public var emulated: Bool
    /// `Dark`, `Ready`, `Streaming`, …
    public var state: String
    /// What takes its time at the moment.
    public var activity: String
    /// Lights that are on.
    public var light: [String]
    /// The maker's; 0 without a fault.
    public var faultCode: UInt16
    /// Who controls it, as that program named itself.
    public var controller: String?
    /// Of the session that runs.
    public var purpose: String?
    /// Number of the session that runs, or of the last one.
    public var session: String?
    /// Symbols taken.
    public var nextSymbol: UInt64
    /// Of these, lost in the unit.
    public var droppedSymbols: UInt64
    /// Stream frames.
    public var framesSent: UInt64
    /// s since it started.
    public var uptime: Double
    /// Absent if it was not asked, or did not answer.
    public var optics: Optics?

    /// The document of what a unit says.
    public init(
        _ identity: UnitIdentity, _ status: Status, _ optics: OpticalState?, shutter: ShutterReading? = nil
    ) {
        serial = identity.serial
        role = identity.role.description
        emulated = identity.isEmulated
        state = status.state.description
        activity = status.activity.description
        light = status.light.names
        faultCode = status.faultCode
        controller = status.controller.isEmpty ? nil : status.controller.description
        purpose = status.purpose == 0 ? nil : SessionPurpose(rawValue: status.purpose).word
        session = status.sessionId == 0 ? nil : RunningSession.name(of: status.sessionId)
        nextSymbol = status.nextSymbol
        droppedSymbols = status.droppedSymbols
        framesSent = status.framesSent
        uptime = Double(status.uptime) / 1e9
        self.optics = optics.map { Optics($0, shutter) }
    }
}
