public import CalibrationRecords
public import Foundation
internal import ReadableText

/// Something that a calibration measured otherwise than the commissioning, by more than 3 σ. A calibration takes the new
/// value over: without this nobody would hear of it. It is a finding until a person explains it.
///
/// With at most three quantities a record, a calibration of an unchanged installation finds one in about 1 % of the cases.
public struct ChangeSinceCommissioning: Codable, Sendable, Hashable {
    /// Beyond so many σ a change is a finding.
    public static let limit = 3.0

    /// Name of the record with the new value; nil before it is stored.
    public var record: String?
    /// Name of the record of the commissioning, or of the first calibration where there is none.
    public var reference: String
    /// Whether the reference was made by a commissioning; false for the first calibration where there is none.
    public var isOfCommissioning: Bool?
    /// Quantity, values, change, σ.
    public var difference: DossierDifference
    /// Who has explained it; nil if nobody has.
    public var explanation: Explanation?

    /// What a person has said about it.
    public struct Explanation: Codable, Sendable, Hashable {
        /// Name of the signed statement.
        public var statement: String
        /// In the person's words.
        public var reason: String
        /// Who.
        public var operatorName: String
        /// When.
        public var date: Date

        init(_ stored: StoredRecord) {
            statement = stored.name
            reason = stored.record.remarks.first ?? ""
            operatorName = stored.record.operatorName
            date = stored.record.ended
        }
    }

    /// Nil if the change is within 3 σ, or has no σ to compare it with.
    init?(
        _ difference: DossierDifference, record: String?, reference: String, isOfCommissioning: Bool,
        explanation: Explanation?
    ) {
        guard let significance = difference.significance, abs(significance) > Self.limit else { return nil }
        self.record = record
        self.reference = reference
        self.isOfCommissioning = isOfCommissioning
        self.difference = difference
        self.explanation = explanation
    }

    /// Change in words: `loss +0.70 dB (10.9 σ) since the commissioning (3f2a…): 5 dB then, 5.7 dB in the record 91bc…`.
    public var description: String {
        let isRatio = difference.changeUnit == "1"
        let unit = NumberText.unit(difference.unit)
        func text(_ value: Double) -> String {
            String(format: "%.5g", value) + (unit.isEmpty ? "" : " \(unit)")
        }
        let change =
            String(format: "%+.3g", difference.change * (isRatio ? 100 : 1)) + (isRatio ? " %" : " \(unit)")
        return
            "\(QuantityName.words(difference.quantity)) \(change) (\(String(format: "%.1f", abs(difference.significance ?? .nan))) σ) since "
            + "\(isOfCommissioning == false ? "the first calibration" : "the commissioning") (\(reference.prefix(12))): "
            + "\(text(difference.before)) then, \(text(difference.now)) "
            + (record.map { "in the record \($0.prefix(12))" } ?? "now")
    }

    /// The same, with what a person has said about it, or that nobody has.
    public var sentence: String {
        description + (explanation.map { "; \($0.operatorName): \($0.reason)" } ?? "; NOT EXPLAINED")
    }
}

extension StoreContents {
    /// What of a stored calibration has changed by more than 3 σ since the commissioning.
    public func changes(of stored: StoredRecord) -> [ChangeSinceCommissioning] {
        DossierComparison.changes(of: stored.record, named: stored.name, in: self)
    }

    /// A calibration that is about to be stored, with its changes since the commissioning among its remarks.
    public func remarkingChanges(_ record: CalibrationRecord) -> CalibrationRecord {
        var record = record
        record.remarks += DossierComparison.changes(of: record, named: nil, in: self).map(\.sentence)
        return record
    }

    /// A statement that explains what nobody has explained in a record; it is to be added to the store.
    ///
    /// - Throws: `.noReason`, `.nothingToExplain`.
    public func explanation(
        of stored: StoredRecord, because reason: String, by operatorName: String, at station: String, program: String,
        now: Date
    ) throws(RecordError) -> CalibrationRecord {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw .noReason }
        var open = changes(of: stored).filter { $0.explanation == nil }.map(\.difference)
        var references = Dictionary(
            changes(of: stored).map { ($0.difference.quantity, $0.reference) }
        ) { first, _ in first }
        // A stronger transmitter is judged without the error of η, so its change may be within 3 σ otherwise.
        if let stronger = strongerTransmitter(stored), !open.contains(where: { $0.quantity == "loss" }),
            let reference = records.first(where: { $0.name == stronger.reference })
        {
            open += DossierComparison.differences(dossier: reference.record, later: stored.record)
                .filter { $0.quantity == "loss" }
            references["loss"] = stronger.reference
        }
        guard !open.isEmpty else { throw .nothingToExplain(record: stored.name) }
        let explained = open.compactMap { change in
            references[change.quantity].map {
                ExplainedChange(
                    quantity: change.quantity, record: stored.name, reference: $0, before: change.before,
                    now: change.now, sigma: DossierComparison.value(change.quantity, of: stored.record)?.sigma,
                    unit: change.unit)
            }
        }
        return CalibrationRecord(
            explaining: explained, of: stored, because: reason, by: operatorName, at: station, program: program,
            now: now)
    }
}
