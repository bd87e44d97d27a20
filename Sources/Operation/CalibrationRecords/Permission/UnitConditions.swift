/// A unit as it is now, for comparison with what a record holds for.
public struct UnitConditions: Sendable, Hashable {
    /// Serial number.
    public var serial: String
    /// Firmware version.
    public var firmware: String
    /// Fingerprint of its messages, hexadecimal; nil if it is not known, and then not compared.
    public var schemaFingerprint: String?
    /// Whether no optics are behind it.
    public var isEmulated: Bool
    /// Telemetry by name; nil values are unavailable or stale. Nil altogether if conditions cannot be judged yet,
    /// because the light is off.
    public var telemetry: [String: Double?]?
    /// Whether its light is off: then what belongs to the light says nothing about a session, and is not judged.
    public var isDark: Bool

    /// A unit.
    public init(
        serial: String, firmware: String, schemaFingerprint: String? = nil, isEmulated: Bool,
        telemetry: [String: Double?]? = nil, isDark: Bool = false
    ) {
        self.serial = serial
        self.firmware = firmware
        self.schemaFingerprint = schemaFingerprint
        self.isEmulated = isEmulated
        self.telemetry = telemetry
        self.isDark = isDark
    }
}
