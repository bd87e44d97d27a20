internal import ForeignFiles
internal import Foundation

extension OTDRFile {
    /// A trace of the densest instruments has 256,000 points of two bytes; makers' own blocks add pictures.
    public static let longestFile = 64 << 20

    /// Reads the file that a person named.
    public init(file path: String) throws(OTDRError) {
        let bytes: [UInt8]
        do throws(ForeignFileRefusal) {
            bytes = try ForeignFile.bytes(of: path, ForeignFileKind("an OTDR file", mostBytes: Int64(Self.longestFile)))
        } catch {
            throw .file(error)
        }
        try self.init(parsing: bytes)
    }

    /// Reads a file's bytes. Whatever they are, memory stays within a few times their number.
    public init(parsing bytes: [UInt8]) throws(OTDRError) {
        guard bytes.count <= Self.longestFile else { throw .tooLong(bytes: bytes.count, limit: Self.longestFile) }
        let map = try OTDRMap(bytes)
        guard let fixed = map.block("FxdParams") else { throw .missing(block: "FxdParams") }
        var cursor = ByteCursor(bytes, fixed.body)
        acquisition = try Acquisition(&cursor, isFirstVersion: map.isFirstVersion)
        formatVersion = Double(map.version) / 100
        checksum = Self.checksum(of: bytes, map)
        remarks = map.remarks
        remarkAcquisition()
        read(bytes, map, "GenParams", required: false) { Self.readGeneral(&$1, into: &$0, map.isFirstVersion) }
        read(bytes, map, "SupParams", required: false) { Self.readInstrument(&$1, into: &$0) }
        read(bytes, map, "KeyEvents", required: true) { Self.readEvents(&$1, into: &$0, map.isFirstVersion) }
        read(bytes, map, "DataPts", required: true) { Self.readTrace(&$1, into: &$0) }
        compareLosses()
        limitRemarks()
    }

    /// A file that was made for it could fill a terminal.
    private mutating func limitRemarks() {
        let most = 40
        guard remarks.count > most else { return }
        let more = remarks.count - most
        remarks.removeSubrange(most...)
        remarks.append("\(more) further remarks are left out")
    }

    /// Reads a block; what its end cuts off is missing and said.
    private mutating func read(
        _ bytes: [UInt8], _ map: OTDRMap, _ name: String, required: Bool,
        _ body: (inout OTDRFile, inout ByteCursor) -> Bool
    ) {
        guard let block = map.block(name) else {
            if required { remarks.append("there is no block \(name)") }
            return
        }
        var cursor = ByteCursor(bytes, block.body)
        if !body(&self, &cursor) { remarks.append("block \(name) ends too early or makes no sense") }
    }

    private mutating func remarkAcquisition() {
        if acquisition.isWavelengthInNanometres {
            let found = String(format: "%.0f", acquisition.wavelength * 1e9)
            remarks.append("the wavelength is stated as \(found) nm, where the format has tenths of a nanometre")
            habits.formUnion(remarks.suffix(1))
        }
        if acquisition.pulseWidths.count > 1 {
            let shown = acquisition.pulseWidths.prefix(8).map { String(format: "%.0f", $0 * 1e9) }
            let widths = shown.joined(separator: ", ") + (acquisition.pulseWidths.count > 8 ? ", …" : "")
            remarks.append("it was measured with \(acquisition.pulseWidths.count) pulse widths, \(widths) ns")
        }
    }

    /// The makers count up to the two bytes of the checksum, some up to the heading of its block; most begin with 0xFFFF,
    /// one with 0.
    private static func checksum(of bytes: [UInt8], _ map: OTDRMap) -> Checksum {
        guard let block = map.block("Cksum") else { return .absent }
        var cursor = ByteCursor(bytes, block.body)
        guard let stated = cursor.u16() else { return .absent }
        for end in [block.body.lowerBound, block.range.lowerBound] {
            for start: UInt16 in [0xFFFF, 0] where CRC16.of(bytes[..<end], from: start) == stated { return .matches }
        }
        return .notVerifiable(stated: stated, computed: CRC16.of(bytes[..<block.body.lowerBound], from: 0xFFFF))
    }

    /// A laser is so far from its nominal wavelength at most, nm.
    private static let wavelengthTolerance = 40.0

    private static func readGeneral(
        _ cursor: inout ByteCursor, into file: inout OTDRFile, _ isFirstVersion: Bool
    ) -> Bool {
        // Two letters of language, which some makers leave out.
        let start = cursor.position
        let language = cursor.letters(2) ?? ""
        if !(language.count == 2 && language.allSatisfy { $0.isASCII && $0.isLetter }) { cursor.rewind(to: start) }
        guard let cable = cursor.text(), let fibre = cursor.text() else { return false }
        file.general.cable = cable
        file.general.fibre = fibre
        if !isFirstVersion {
            guard let type = cursor.u16() else { return false }
            file.general.fibreType = (651...657).contains(type) ? Int(type) : nil
        }
        guard let wavelength = cursor.u16(), let locationA = cursor.text(), let locationB = cursor.text(),
            cursor.text() != nil, cursor.letters(2) != nil, cursor.u32() != nil
        else { return false }
        // The same number as that of the shot, by another block of the file.
        if let nominal = OTDRWavelength(wavelength)?.nanometres,
            abs(nominal - file.acquisition.wavelength * 1e9) > Self.wavelengthTolerance
        {
            file.remarks.append(
                String(
                    format: "block GenParams says %.0f nm, the shot was at %.1f nm", nominal,
                    file.acquisition.wavelength * 1e9))
        }
        file.general.locationA = locationA
        file.general.locationB = locationB
        if !isFirstVersion, cursor.u32() == nil { return false }
        guard let operatorName = cursor.text(), let comment = cursor.text() else { return false }
        file.general.operatorName = operatorName
        file.general.comment = comment
        return true
    }

    private static func readInstrument(_ cursor: inout ByteCursor, into file: inout OTDRFile) -> Bool {
        let fields: [WritableKeyPath<Instrument, String>] = [
            \.supplier, \.model, \.serial, \.module, \.moduleSerial, \.software,
        ]
        for field in fields {
            guard let text = cursor.text() else { return false }
            file.instrument[keyPath: field] = text
        }
        return true
    }

    private static func readTrace(_ cursor: inout ByteCursor, into file: inout OTDRFile) -> Bool {
        guard let all = cursor.u32(), let traces = cursor.u16(), traces >= 1, let points = cursor.u32(),
            let scale = cursor.u16(), scale > 0, let spacing = file.acquisition.spacings.first
        else { return false }
        guard cursor.remaining / 2 >= points else {
            file.remarks.append(
                "the trace has \(cursor.remaining / 2) points where its count says \(points): it was left out")
            return true
        }
        var levels: [UInt16] = []
        levels.reserveCapacity(Int(points))
        for _ in 0..<points {
            guard let level = cursor.u16() else { return false }
            levels.append(level)
        }
        // The scale is in thousandths, the levels in thousandths of dB.
        file.trace = Trace(levels: levels, scale: scale, spacing: spacing)
        if traces > 1 {
            file.remarks.append("there are \(traces) traces; the first was read")
        } else if cursor.remaining > 0 {
            file.remarks.append("\(cursor.remaining) bytes follow the \(points) points of the trace")
        }
        if traces == 1, all != points {
            file.remarks.append("block DataPts says that there are \(all) points, and \(points) in its one trace")
        }
        if let stated = file.acquisition.points.first, stated != Int(points) {
            file.remarks.append("the trace has \(points) points, block FxdParams says \(stated)")
        }
        return true
    }

    private mutating func compareLosses() {
        guard let totalLoss, let lossOfEvents, abs(totalLoss - lossOfEvents) > 0.2 + 0.05 * abs(totalLoss) else {
            return
        }
        remarks.append(
            String(
                format: "the stated loss, %.3f dB, is not what the events add up to, %.3f dB", totalLoss, lossOfEvents))
    }
}
