"""Sources of prose: each function takes (mirrors, out, log), writes sections to out and logs what it took."""
