internal import CalibrationRecords
internal import ExternalInstruments
internal import Foundation

extension FibreMeasurement {
    /// Loss from an OTDR's file. σ: 0.03 dB per dB is the linearity that makers state (a limit, so /√3), and 0.05 dB for
    /// where the OTDR sets its markers.
    ///
    /// - Throws: `.unreadable`, `.notOTDR`, `.noLoss`.
    public init(otdr path: String) throws(AnswerRefusal) {
        let file = try Self.read(path)
        guard let loss = file.totalLoss ?? file.lossOfEvents else { throw .noLoss(file: path) }
        var remarks = file.remarks.map { "OTDR: \($0)" }
        switch file.checksum {
        case .matches: break
        case .differs: remarks.append("OTDR: the file's checksum is wrong (changed, or counted in its maker's own way)")
        case .absent: remarks.append("OTDR: the file has no checksum")
        }
        if file.totalLoss == nil { remarks.append("OTDR: the loss is what its events add up to") }
        remarks.append(
            "OTDR: measured \(file.acquisition.time.formatted(.iso8601)) at "
                + "\(String(format: "%.1f", file.acquisition.wavelength * 1e9)) nm")
        self.init(
            loss: loss, lossSigma: hypot(0.03 * loss / 3.0.squareRoot(), 0.05), returnLoss: file.returnLoss,
            length: file.length, source: .instrument,
            instrument: CalibrationRecord.InstrumentDescription(
                kind: "otdr", identification: file.instrument.identification), remarks: remarks)
    }

    /// Reads a file, which may be larger than any of its kind.
    private static func read(_ path: String) throws(AnswerRefusal) -> OTDRFile {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw .unreadable(file: path, code: errno) }
        defer { try? handle.close() }
        let data: Data
        do { data = try handle.read(upToCount: OTDRFile.longestFile + 1) ?? Data() } catch {
            throw .unreadable(file: path, code: EIO)
        }
        do throws(OTDRError) { return try OTDRFile(parsing: [UInt8](data)) } catch {
            throw .notOTDR(file: path, error)
        }
    }

    /// Losses that somebody may enter, dB.
    public static let enteredLoss = 0.0...60
    /// Return losses that somebody may enter, dB.
    public static let enteredReturnLoss = 0.0...90
}
