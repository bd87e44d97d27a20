public import ForeignFiles
internal import Foundation

/// What keeps records from being written, read or believed, as facts that one can act on.
public enum RecordError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There can be no store here: what stands on the way is no folder.
    case noStore(folder: String, obstacle: String)
    /// There is no station in this folder.
    case noStation(folder: String)
    /// A station is there already; its key is not overwritten.
    case stationExists(name: String, folder: String)
    /// The secret key may be read by others than its owner.
    case keyExposed(file: String, mode: UInt32)
    /// The secret key is not of the station that the configuration names.
    case keyDiffers(file: String)
    /// A file of the station cannot be understood.
    case unreadableStation(file: String, reason: String)
    /// No public key could be read from this.
    case noPublicKey(source: String)
    /// A key or a name is trusted already, as something else.
    case trustedAlready(name: String)
    /// Nobody of this name or key is trusted.
    case notTrusted(String)
    /// The disk is full; nothing was written.
    case diskFull(file: String, bytes: Int)
    /// A file or folder may not be opened or written.
    case noPermission(file: String, code: Int32)
    /// What lies there is not what it should be, or others could have put it there.
    case file(ForeignFileRefusal)
    /// Anything else that the system refuses.
    case system(action: String, file: String, code: Int32)
    /// Another program writes to the store and does not end.
    case busy(folder: String, holder: String?)
    /// No record of this name, or more than one.
    case noRecord(name: String)
    /// The beginning of a name fits several records.
    case ambiguous(name: String, candidates: [String])
    /// A record, an import or a bundle does not hold.
    case damaged(file: String, damage: Damage)
    /// Only imports of the maker's are imported, and this is not one.
    case notAFactoryImport(procedure: String)
    /// The signature is right, and by a key that is not trusted as that of a factory.
    case notAFactoryKey(fingerprint: String)
    /// The chain of a unit has two ends; nothing is added until somebody has looked at it.
    case forked(unit: String, names: [String])
    /// Nothing of this name is damaged.
    case notDamaged(name: String)
    /// A damaged file may have been the newest record of these; they have to be calibrated anew before it is set aside.
    case newestOfUnit(name: String, needed: [String])
    /// A person says why.
    case noReason
    /// Nothing is to be explained in this record.
    case nothingToExplain(record: String)
    /// A file of pinned stations cannot be understood.
    case badPins(file: String, line: Int, reason: String)
    /// A record names no unit, so it has no chain.
    case noUnit
    /// The record cannot be written as JSON.
    case notEncodable(reason: String)
    /// libcrypto refused.
    case crypto(action: String)

    /// The sentence, with what to do; the commands for it are a program's to name.
    public var description: String {
        switch self {
        case .noStore(let folder, let obstacle):
            "there is no store in \(folder): \(obstacle) is not a folder"
        case .noStation(let folder):
            "there is no station in \(folder): records are signed with a station's key"
        case .stationExists(let name, let folder):
            "the station \(name) is in \(folder) already, and its key is not overwritten: records signed with it could "
                + "not be told from forgeries. Choose another folder"
        case .keyExposed(let file, let mode):
            "\(file) can be read by others (mode \(String(mode, radix: 8))), or is not yours. If nobody has copied it, "
                + "'chmod 600 \(file)' mends it; otherwise make a new station"
        case .keyDiffers(let file):
            "\(file) is not the key that station.json names. Restore both from one backup"
        case .unreadableStation(let file, let reason): "\(file) cannot be read: \(reason). Restore it from a backup"
        case .noPublicKey(let source):
            "\(source) is no Ed25519 public key: neither PEM, nor base64, nor the export of a station"
        case .trustedAlready(let name): "this key or name is trusted already as \(name)"
        case .notTrusted(let name): "no trusted key is named \(name)"
        case .diskFull(let file, let bytes):
            "the disk is full: \(bytes) bytes are needed for \(file). Nothing was written, and nothing is lost"
        case .noPermission(let file, let code): "\(file): \(String(cString: strerror(code)))"
        case .file(let refusal): refusal.description
        case .system(let action, let file, let code): "\(action) \(file): \(String(cString: strerror(code)))"
        case .busy(let folder, let holder):
            "another program\(holder.map { " (\($0))" } ?? "") holds the store \(folder) and does not end. Try again"
        case .noRecord(let name): "there is no record \(name)"
        case .ambiguous(let name, let candidates):
            "\(name) fits several records: \(candidates.joined(separator: ", ")). Give more of the name"
        case .damaged(let file, let damage): "\(file): \(damage)"
        case .notAFactoryImport(let procedure):
            "this is a record of the procedure \(procedure); only imports of the procedure factory can be imported"
        case .notAFactoryKey(let fingerprint):
            "the signature is right, but its key \(fingerprint) is not trusted as a factory's. Compare it with the maker"
        case .forked(let unit, let names):
            "the chain of \(unit) has two ends, \(names.joined(separator: " and ")): two stores were mixed, or somebody "
                + "forged one. Move the wrong one away"
        case .notDamaged(let name): "nothing of the name \(name) is damaged, or it was set aside already"
        case .newestOfUnit(let name, let needed):
            "\(name.prefix(16)) may have been the newest record, and nothing newer is there: calibrate first "
                + "(\(needed.joined(separator: ", "))), then set it aside"
        case .noReason: "it is not said why; a reason in words is needed"
        case .nothingToExplain(let record):
            "nothing in \(record.prefix(12)) has changed by more than 3 σ that is not explained already"
        case .badPins(let file, let line, let reason): "\(file), line \(line): \(reason)"
        case .noUnit: "a record needs at least one unit"
        case .notEncodable(let reason): "the record cannot be written as JSON: \(reason)"
        case .crypto(let action): "libcrypto could not \(action)"
        }
    }

    /// From a file that is not read.
    static func from(_ refusal: ForeignFileRefusal) -> RecordError {
        switch refusal {
        case .notFound(let path): .system(action: "open", file: path, code: ENOENT)
        case .noPermission(let path, let code): .noPermission(file: path, code: code)
        case .system(let path, let operation, let code): .from(code, action: operation, file: path)
        default: .file(refusal)
        }
    }

    /// From errno, with the number of bytes that were to be written.
    static func from(_ code: Int32, action: String, file: String, bytes: Int = 0) -> RecordError {
        switch code {
        case ENOSPC, EDQUOT, EFBIG: .diskFull(file: file, bytes: bytes)
        case EACCES, EPERM, EROFS: .noPermission(file: file, code: code)
        default: .system(action: action, file: file, code: code)
        }
    }
}
