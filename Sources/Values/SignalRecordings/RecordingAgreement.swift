/// Whether recordings belong together: what two of them both state has to be the same.
public enum RecordingAgreement {
    /// Two recordings that an analysis joins.
    public struct Party: Sendable {
        /// As the person named it.
        public var name: String
        /// What is known of it.
        public var metadata: RecordingMetadata

        /// A recording by its name.
        public init(_ name: String, _ metadata: RecordingMetadata) {
            self.name = name
            self.metadata = metadata
        }
    }

    /// Recordings of one receiver whose variances may be compared: the same signal processing lies behind them.
    ///
    /// The number of a filter is that of one fixed linear processing (unit protocol, `filterId`). At another symbol rate
    /// fewer or more of its outputs are kept, which changes correlations and spectra of stationary noise and not its
    /// variance; a receiver that filters otherwise at another rate has another number then. V_off has to cross rates: units
    /// take it outside of sessions, at their highest rate. A recording without the number must have the same rate.
    public static func requireSameReceiver(_ first: Party, _ second: Party) throws(RecordingError) {
        if first.metadata.filter == nil || second.metadata.filter == nil { try requireSameRate(first, second) }
        let (a, b) = (first.metadata, second.metadata)
        try require("cvqkd:unit_serial", first, a.unitSerial, second, b.unitSerial)
        try require("cvqkd:filter", first, a.filter, second, b.filter)
        try require("cvqkd:detection", first, a.detection, second, b.detection)
        try require("cvqkd:emulated", first, a.emulated, second, b.emulated)
        // A receiver's samples need no scale; where both have one, an LSB shall be the same in both.
        try require("cvqkd:scale", first, a.scale, second, b.scale)
        try require("core:datatype", first, a.layout.rawValue, second, b.layout.rawValue)
    }

    /// Recordings of one receiver whose spectra may be compared: as above, and the frequencies are the same.
    public static func requireSameBand(_ first: Party, _ second: Party) throws(RecordingError) {
        try requireSameReceiver(first, second)
        try requireSameRate(first, second)
    }

    /// Recordings whose symbols belong to each other, one by one.
    public static func requireSameSession(_ first: Party, _ second: Party) throws(RecordingError) {
        try requireSameRate(first, second)
        try require("cvqkd:session", first, first.metadata.session, second, second.metadata.session)
        try require("cvqkd:scale", first, first.metadata.scale, second, second.metadata.scale)
    }

    private static func requireSameRate(_ first: Party, _ second: Party) throws(RecordingError) {
        try require("cvqkd:symbol_rate", first, first.metadata.symbolRate, second, second.metadata.symbolRate)
    }

    private static func require<Value: Equatable>(
        _ field: String, _ first: Party, _ a: Value?, _ second: Party, _ b: Value?
    ) throws(RecordingError) {
        guard let a, let b, a != b else { return }
        throw .disagreement(
            field: field, first: first.name, firstValue: "\(a)", second: second.name, secondValue: "\(b)")
    }
}
