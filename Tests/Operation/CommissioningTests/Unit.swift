import UnitControl

/// Foundation has a unit of measure by this name.
typealias Unit = UnitControl.Unit
