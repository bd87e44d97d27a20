internal import CalibrationRecords
internal import ExternalInstruments
internal import Foundation

extension FibreMeasurement {
    /// Loss from an OTDR's file. σ: 0.03 dB per dB is the linearity that makers state (a limit, so /√3), and 0.05 dB for
    /// where the OTDR sets its markers.
    ///
    /// - Throws: `.notOTDR`, `.noLoss`, `.provesNothing`: a shot that saw no fibre measured none.
    public init(otdr path: String) throws(AnswerRefusal) {
        let (file, loss) = try Self.read(path)
        var remarks = file.remarks.map { "OTDR: \($0)" }
        switch file.checksum {
        case .matches: break
        case .notVerifiable:
            remarks.append("OTDR: the file's checksum is not verifiable (its maker counts in a way of its own)")
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
                kind: "otdr", identification: file.instrument.identification), remarks: remarks,
            trace: Trace(
                file: path, wavelength: file.acquisition.wavelength, time: file.acquisition.time,
                oddities: file.oddities))
    }

    /// A file, and the loss that it proves.
    private static func read(_ path: String) throws(AnswerRefusal) -> (OTDRFile, loss: Double) {
        let file: OTDRFile
        do throws(OTDRError) { file = try OTDRFile(file: path) } catch { throw .notOTDR(file: path, error) }
        do throws(OTDRNoProof) { return (file, try file.provenLoss()) } catch {
            throw error == .noLoss ? .noLoss(file: path) : .provesNothing(file: path, error)
        }
    }

    /// Losses that somebody may enter, dB.
    public static let enteredLoss = 0.0...60
    /// Return losses that somebody may enter, dB.
    public static let enteredReturnLoss = 0.0...90
}
