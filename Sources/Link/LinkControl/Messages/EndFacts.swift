internal import Digests
public import QuadratureAnalysis
public import UnitControl
public import UnitProtocol

/// What the other end and the coordinator must know of an end. Public: nothing in it is secret.
public struct EndFacts: Sendable, Hashable, Codable {
    /// Alice or Bob, by the protocol's number.
    public var role: UInt8
    /// Serial number of the unit.
    public var serial: String
    /// Model of the unit.
    public var model: String
    /// Its firmware.
    public var firmware: String
    /// Whether no optics are behind it. Each end says it of itself; a session is emulated if either does.
    public var isEmulated: Bool
    /// Lowest symbol rate, Hz.
    public var minimumSymbolRate: Double
    /// Highest symbol rate, Hz.
    public var maximumSymbolRate: Double
    /// Highest modulation variance per quadrature, SNU.
    public var maximumModulationVariance: Double
    /// Alice: quadrature of one step of her words, √SNU per LSB, at her present settings.
    public var sampleScale: Double
    /// How Bob measures.
    public var detection: QuadratureAnalysis.Detection
    /// Number of Bob's signal processing.
    public var filter: UInt16
    /// Bob's η, as his unit states it.
    public var detectorEfficiency: Double
    /// Its standard deviation.
    public var detectorEfficiencySigma: Double
    /// Typical time from dark to ready, s.
    public var warmUpTime: Double
    /// After this time without a heartbeat the unit goes dark by itself, ms.
    public var heartbeatTimeout: Int
    /// Whether Bob's unit delivers what Alice's discloses.
    public var delivers: Bool
    /// The calibration records that this end rests on, as signed: each node checks them itself.
    public var records: [SignedRecord]

    /// A signed calibration record as it lies in a store. The bytes are what is signed; nobody re-serialises them.
    public struct SignedRecord: Sendable, Hashable, Codable {
        /// SHA-256 of the bytes, in hexadecimal.
        public var name: String
        /// The record.
        public var bytes: [UInt8]

        /// A record.
        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// Whether each record's name is the digest of its bytes.
    var hasNamedRecords: Bool {
        let hasher = SHA256()
        return records.allSatisfy { record in
            let digits = hasher.digest(of: record.bytes).bytes.map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            return digits.joined() == record.name
        }
    }

    /// The facts of a unit.
    public init(_ identity: UnitIdentity, _ capabilities: Capabilities, records: [SignedRecord] = []) {
        role = identity.role.rawValue
        serial = identity.serial
        model = identity.model
        firmware = identity.firmware
        isEmulated = identity.isEmulated
        minimumSymbolRate = capabilities.minimumSymbolRate.orZero
        maximumSymbolRate = capabilities.maximumSymbolRate.orZero
        maximumModulationVariance = capabilities.maximumModulationVariance.orZero
        sampleScale = capabilities.sampleScale.orZero
        detection = capabilities.detection == .homodyne ? .homodyne : .heterodyne
        filter = capabilities.filterId
        detectorEfficiency = capabilities.detectorEfficiency.orZero
        detectorEfficiencySigma = capabilities.detectorEfficiencySigma.orZero
        warmUpTime = capabilities.warmUpTime.orZero
        heartbeatTimeout = identity.heartbeatTimeout.wholeMilliseconds
        delivers = identity.capabilities.contains(.disclosure)
        self.records = records
    }
}

extension Double {
    /// Messages carry finite numbers; what a unit of the other role leaves open is 0.
    fileprivate var orZero: Double { isFinite ? self : 0 }
}
